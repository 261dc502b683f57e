import type { Log } from '../contract/log.ts';
import type { Duration, PurposePolicies, SealingDeclared } from './purpose-policy.ts';

/** What `createMatchstick` takes. The settings have the names that they have in a configuration file. */
export interface MatchstickOptions<P extends PurposePolicies> {
  /** The `iss` of tokens, and the base of links, such as `https://app.example.com`. */
  readonly issuer: string;
  /** What tokens are for, by name. */
  readonly purposes: P & SealingDeclared<P>;
  /** How the ledger names this application as a redeemer. Applications with the same name share attempts. Default `app`. */
  readonly name?: string;
  /** Where burns are remembered. Default: in the memory of this process, until it ends. */
  readonly ledger?: MemoryLedgerOptions | RedisLedgerOptions;
  /** The private keys. Required with a ledger in Redis. Default: made for this process. */
  readonly keys?: KeyOptions;
  /** Buckets that purposes open, by name. Credentials are found in the way of the AWS SDK. */
  readonly stores?: Readonly<Record<string, StoreOptions>>;
  /** The difference between clocks that is allowed for `iat` and `exp`: up to `60s`. Default `0s`. */
  readonly clockTolerance?: Duration;
  /** Hears when the ledger comes, goes or is unfit. Default: nobody does. */
  readonly log?: Log;
}

/** Burns are remembered in the memory of this process, until it ends. For development and tests. */
export interface MemoryLedgerOptions {
  /** Always `true`. */
  readonly memory: true;
}

/** Burns are remembered in Redis. */
export interface RedisLedgerOptions {
  /** A `redis://` or `rediss://` URL, or the addresses of a Cluster or of Sentinels. */
  readonly redis: string | ClusterOptions | SentinelOptions;
  /** The first part of every key in Redis. Default `matchstick`. */
  readonly namespace?: string;
  /** How many independent memories the ledger is spread over: 1 to 256. Default 4. */
  readonly shards?: number;
  /** How long a call waits for the ledger, retries included, in milliseconds. Default 1000. */
  readonly timeoutMs?: number;
}

interface RedisAccess {
  /** The ACL user. */
  readonly username?: string;
  /** Its password. */
  readonly password?: string;
  /** Whether to connect with TLS. Default false. */
  readonly tls?: boolean;
}

/** Where a Redis Cluster is. */
export interface ClusterOptions extends RedisAccess {
  /** Some of its nodes, each as `host:port`. */
  readonly cluster: readonly string[];
}

/** Where Redis Sentinels are. */
export interface SentinelOptions extends RedisAccess {
  /** The Sentinels, each as `host:port`. */
  readonly sentinels: readonly string[];
  /** The name that the Sentinels have for the master. */
  readonly name: string;
}

/** Where the private keys come from: a file, or a JWK set in your code. */
export interface KeyOptions {
  /** The algorithm of new tokens. Default `ES256`. */
  readonly algorithm?: 'ES256' | 'Ed25519';
  /** The path of a key file, which is made on first use. */
  readonly file?: string;
  /** The content of a key file: private keys, each a JWK with `kid`, `alg` and `createdAt`. */
  readonly jwks?: {
    /** The private keys. */
    readonly keys: readonly unknown[];
  };
}

/** A bucket that purposes open. */
export interface StoreOptions {
  /** The name of the bucket. */
  readonly bucket: string;
  /** Its region. Default: as the AWS SDK finds it. */
  readonly region?: string;
  /** Put in front of every key that does not begin with it. */
  readonly prefix?: string;
  /** The URL of an S3-compatible server. Default: AWS. */
  readonly endpoint?: string;
  /** Whether the bucket is named in the path instead of the host. Default false. */
  readonly pathStyle?: boolean;
  /** A profile of the AWS configuration files, for its credentials. */
  readonly profile?: string;
  /** How long a URL can live at most. Default `15m`. */
  readonly maxExpiresIn?: Duration;
}
