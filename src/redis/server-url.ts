import { asUrl } from '../contract/as-url.ts';

/** Where one Redis server is, and as whom to log in. */
export type ServerAddress = HostAddress | SocketAddress;

export interface HostAddress {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  /** The number of the database. */
  readonly db: number;
  readonly tls: boolean;
}

/** A unix domain socket on this machine. */
export interface SocketAddress {
  readonly path: string;
  readonly db: 0;
  readonly tls: false;
}

export type ParsedServerUrl =
  | { readonly ok: true; readonly address: ServerAddress }
  | { readonly ok: false; readonly problem: string };

const DEFAULT_HOST = 'localhost';
const DEFAULT_PORT = 6379;
const DATABASE = /^\/?(\d{0,9})$/;
/** The last number of a URL that ends with a port and perhaps a database. */
const PORT = /:\d+(?=(?:\/\d*)?$)/;
/** What stands in a query may be anything: only what looks like the name of an option is repeated. */
const SHOWABLE_NAME = /^[A-Za-z][\w-]{0,39}$/;

const NOT_A_URL = 'must be a redis:// or rediss:// URL, or unix:///path/of/the.sock';
const NOT_ENCODED =
  'must be a URL: in a user name or password write % as %25, and / ? # @ : as %2F %3F %23 %40 %3A, or take the password out of it: {url, password}';

/**
 * Reads `redis[s]://[[user]:password@]host[:port][/database]`, and `unix:///path` of a socket. Everything else is refused. ioredis, given the
 * URL, would take every option of its own from the query, including those that make it send a command twice.
 */
export function parseServerUrl(text: string): ParsedServerUrl {
  if (text.startsWith('unix:')) return parseSocketUrl(text);
  if (!/^rediss?:\/\/./.test(text)) return unfit(NOT_A_URL);
  const url = asUrl(text);
  if (!url) {
    const isWrongPort = PORT.test(text) && asUrl(text.replace(PORT, '')) !== undefined;
    return unfit(isWrongPort ? 'must have a port from 1 to 65535' : NOT_ENCODED);
  }
  // An @ behind the host belongs to a password whose beginning was taken for host, path, query or fragment.
  if (/[/?#].*@/.test(text.slice(url.protocol.length + 2))) return unfit(NOT_ENCODED);
  if (text.includes('?')) return unfit(`must be a URL without a query: remove ${parametersIn(url)}`);
  if (text.includes('#')) return unfit('must be a URL without a fragment: remove # and what follows it');
  const [, database] = DATABASE.exec(url.pathname) ?? [];
  if (database === undefined) return unfit('must have the number of a database, or nothing, after the host');
  const [username, password] = [decoded(url.username), decoded(url.password)];
  if (username === undefined || password === undefined) return unfit(NOT_ENCODED);
  return {
    ok: true,
    address: {
      host: url.hostname.replace(/^\[|\]$/g, '') || DEFAULT_HOST,
      port: url.port === '' ? DEFAULT_PORT : Number(url.port),
      ...(username === '' ? {} : { username }),
      ...(password === '' ? {} : { password }),
      db: Number(database),
      tls: url.protocol === 'rediss:',
    },
  };
}

/** A path may have any character; only a query that says something is refused. */
function parseSocketUrl(text: string): ParsedServerUrl {
  const [, path, query] = /^unix:\/\/(\/[^?]+)(\?.*)?$/.exec(text) ?? [];
  if (path === undefined) return unfit('must have the whole path of a socket: unix:///path/of/the.sock');
  if (query && query !== '?') return unfit('must be a URL without a query: remove ? and what follows it');
  return { ok: true, address: { path, db: 0, tls: false } };
}

function unfit(problem: string): ParsedServerUrl {
  return { ok: false, problem };
}

function parametersIn({ searchParams }: URL): string {
  const names = [...searchParams.keys()].filter((name) => SHOWABLE_NAME.test(name));
  return names.length > 0 ? names.join(', ') : '? and what follows it';
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
