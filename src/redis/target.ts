import { parseServerUrl } from './server-url.ts';

/** Where the ledger is, and as whom to log in. `url` is what `parseServerUrl` reads. */
export type RedisTarget = ServerTarget | SentinelTarget | ClusterTarget;

/** One server, at a URL. */
export interface ServerTarget extends Access {
  readonly url: string;
  readonly database?: number | undefined;
}

/** The master that Sentinels name. */
export interface SentinelTarget extends Access {
  readonly sentinels: readonly Address[];
  readonly name: string;
  readonly database?: number | undefined;
  readonly sentinelUsername?: string | undefined;
  readonly sentinelPassword?: string | undefined;
  readonly sentinelTls?: boolean | TlsFiles | undefined;
  readonly natMap?: NatMap | undefined;
}

/** A Redis Cluster. */
export interface ClusterTarget extends Access {
  readonly cluster: readonly Address[];
  readonly natMap?: NatMap | undefined;
}

export interface Access {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Where the password is. It is read at every connection, so that another one needs no restart. */
  readonly passwordFile?: string | undefined;
  readonly tls?: boolean | TlsFiles | undefined;
}

/** Each of ca, cert and key is the path of a PEM file, or its text. */
export interface TlsFiles {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name that the server's certificate must have. Default: the host that is connected to. */
  readonly servername?: string | undefined;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** By what a Sentinel or a node announces: what is reached from here. */
export type NatMap = Readonly<Record<string, Address>>;

/** The target as people name it, without a password. */
export function describeTarget(target: RedisTarget): string {
  if ('cluster' in target) return `Redis Cluster at ${target.cluster.map(spelled).join(', ')}`;
  if ('sentinels' in target) {
    return `Redis, the master ${target.name} of the Sentinels at ${target.sentinels.map(spelled).join(', ')}`;
  }
  const parsed = parseServerUrl(target.url);
  if (!parsed.ok) return 'Redis';
  const { address } = parsed;
  const database = target.database ?? address.db;
  if ('path' in address) return `Redis at ${address.path}, database ${database}`;
  return `Redis at ${spelled(address)}/${database}`;
}

function spelled({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
