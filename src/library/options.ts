import type { Log } from '../contract/log.ts';
import type { PurposePolicies, SealingDeclared } from './purpose-policy.ts';

/** What `createMatchstick` takes. The same words as a configuration file. */
export interface MatchstickOptions<P extends PurposePolicies> {
  /** The tokens' `iss`, and the base of links. */
  readonly issuer: string;
  /** What tokens are for. */
  readonly purposes: P & SealingDeclared<P>;
  /** Who redeems, as the ledger remembers it, and whose attempts are whose. Default `app`. */
  readonly name?: string;
  /** The memory of what is burned. Default: that of this one process, which ends with it. */
  readonly ledger?: MemoryLedgerOptions | RedisLedgerOptions;
  /** The private keys. Default, with a ledger in memory: made for this process. */
  readonly keys?: KeyOptions;
  /** Buckets that purposes open, by name. Credentials are found as the AWS SDK finds them. */
  readonly stores?: Readonly<Record<string, StoreOptions>>;
  /** Allowed difference between clocks, for `iat` and `exp` alike: at most `60s`. Default none. */
  readonly clockTolerance?: string;
  /** Is told when the ledger comes, goes or is unfit. Default: nobody is. */
  readonly log?: Log;
}

export interface MemoryLedgerOptions {
  readonly memory: true;
}

export interface RedisLedgerOptions {
  /** `redis://` or `rediss://`; or the addresses, as `host:port`, of a Cluster or of Sentinels. */
  readonly redis: string | ClusterOptions | SentinelOptions;
  /** Begins every key in Redis. Default `matchstick`. */
  readonly namespace?: string;
  /** How many independent memories the ledger is spread over. Default 4. */
  readonly shards?: number;
  /** How long a call waits for the ledger, tries included. Default 1000. */
  readonly timeoutMs?: number;
}

interface RedisAccess {
  readonly username?: string;
  readonly password?: string;
  readonly tls?: boolean;
}

export interface ClusterOptions extends RedisAccess {
  readonly cluster: readonly string[];
}

export interface SentinelOptions extends RedisAccess {
  readonly sentinels: readonly string[];
  /** Of the master. */
  readonly name: string;
}

export interface KeyOptions {
  /** What new tokens are signed with. Default ES256. */
  readonly algorithm?: 'ES256' | 'Ed25519';
  /** A key file; made on first start. */
  readonly file?: string;
  /** Or what is in one: private keys, each a JWK with `kid`, `alg` and `createdAt`. */
  readonly jwks?: { readonly keys: readonly unknown[] };
}

export interface StoreOptions {
  readonly bucket: string;
  /** Default: as the AWS SDK finds it. */
  readonly region?: string;
  /** Put in front of a key that does not begin with it. */
  readonly prefix?: string;
  /** Of another server than AWS. */
  readonly endpoint?: string;
  readonly pathStyle?: boolean;
  /** Of the AWS configuration files. */
  readonly profile?: string;
  /** How long a URL may live at most. Default `15m`. */
  readonly maxExpiresIn?: string;
}
