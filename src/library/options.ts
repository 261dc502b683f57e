import type { Log } from '../contract/log.ts';
import type { MatchstickEvent } from '../events/event.ts';
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
  /**
   * Hears of everything that happens, as it happens: mints, redemptions, refusals, revocations, epochs. What it throws is
   * told to `log` and harms nobody; nobody waits for it.
   */
  readonly onEvent?: (event: MatchstickEvent) => void;
  /** What is kept of events beside the ledger. */
  readonly events?: EventOptions;
}

/** What is kept of events. */
export interface EventOptions {
  /** About how many events are kept, in all. Default 100000; 0 for none. */
  readonly keep?: number;
}

/** Burns are remembered in the memory of this process, until it ends. For development and tests. */
export interface MemoryLedgerOptions {
  /** Always `true`. */
  readonly memory: true;
}

/** Burns are remembered in Redis. */
export interface RedisLedgerOptions {
  /** A `redis://`, `rediss://` or `unix:///path` URL, or where one server, Sentinels or a Cluster are, and how to log in. */
  readonly redis: string | RedisServerOptions | SentinelOptions | ClusterOptions;
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
  /** A file with its password, read at every connection: another password needs no restart. */
  readonly passwordFile?: string;
  /** Whether to connect with TLS, and with which certificates. Default false. */
  readonly tls?: boolean | RedisTlsOptions;
}

/** Certificates for TLS. Each is the path of a PEM file, or the PEM text itself. */
export interface RedisTlsOptions {
  /** Whom to trust. Default: the authorities of Node.js. */
  readonly ca?: string;
  /** The certificate to show, with `key`. */
  readonly cert?: string;
  /** The private key of `cert`. */
  readonly key?: string;
  /** The name that the server's certificate must have. Default: the host that is connected to. */
  readonly servername?: string;
}

/** Where one Redis server is. */
export interface RedisServerOptions extends RedisAccess {
  /** A `redis://`, `rediss://` or `unix:///path` URL. What stands in it is not set again beside it. */
  readonly url: string;
  /** The number of the database. Default 0. */
  readonly database?: number;
}

/** Where a Redis Cluster is. */
export interface ClusterOptions extends RedisAccess {
  /** Some of its nodes, each as `host:port`. */
  readonly cluster: readonly string[];
  /** What is reached from here, by the `host:port` that a node tells. */
  readonly natMap?: Readonly<Record<string, string>>;
}

/** Where Redis Sentinels are. */
export interface SentinelOptions extends RedisAccess {
  /** The Sentinels, each as `host:port`. */
  readonly sentinels: readonly string[];
  /** The name that the Sentinels have for the master. */
  readonly name: string;
  /** The number of the database. Default 0. */
  readonly database?: number;
  /** The ACL user at the Sentinels. */
  readonly sentinelUsername?: string;
  /** The password of the Sentinels. */
  readonly sentinelPassword?: string;
  /** Whether to connect to the Sentinels with TLS, and with which certificates. Default false. */
  readonly sentinelTls?: boolean | RedisTlsOptions;
  /** What is reached from here, by the `host:port` that a Sentinel tells. */
  readonly natMap?: Readonly<Record<string, string>>;
}

/** Where the private keys come from: a file, or a JWK set in your code. */
export interface KeyOptions {
  /** The algorithm of new tokens. Default `ES256`. */
  readonly algorithm?: 'ES256' | 'Ed25519';
  /** The path of a key file, which is made on first use. It is read again when it changes. */
  readonly file?: string;
  /** How long a key of the file signs, before the next one does: `1h` to `400d`, or `never`. Default `30d`. */
  readonly rotateEvery?: Duration | 'never';
  /** The content of a key file: private keys, each a JWK with `kid`, `alg` and `createdAt`. */
  readonly jwks?: {
    /** The private keys. */
    readonly keys: readonly unknown[];
  };
  /** What the private keys of the file are encrypted with. Default: nothing, so whoever reads the file has them. */
  readonly wrap?: WrapOptions;
}

/** One way to encrypt private keys where they are stored. Set exactly one of these. */
export interface WrapWayOptions {
  /** 32 random octets in base64url, from where your application has its secrets. */
  readonly secret?: string;
  /** Programs that encrypt and decrypt one line, from stdin to stdout. No shell is involved. */
  readonly command?: {
    /** The program that encrypts, and its arguments. */
    readonly wrap: readonly string[];
    /** The program that decrypts, and its arguments. */
    readonly unwrap: readonly string[];
  };
  /** The ARN of a key of AWS KMS. Needs the package `@aws-sdk/client-kms`; credentials are found in the way of the AWS SDK. */
  readonly awsKms?: string;
}

/** How private keys are encrypted where they are stored. */
export interface WrapOptions extends WrapWayOptions {
  /** How they were encrypted until now. A file that still is gets opened this way, and is then encrypted anew. */
  readonly previous?: WrapWayOptions;
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
