import { CALLER_KEY } from '../contract/limits.ts';
import { type Fetch, type Web, web } from './web.ts';

export interface ClientOptions {
  /** Where the service is, such as `https://cap.example.com`. */
  readonly url: string | URL;
  /** A caller key: `ms_<name>_<43 characters>`. */
  readonly key: string;
  /** What one call may take altogether, retries included. Default 10 seconds. */
  readonly timeoutMs?: number;
  /** How often a call that got no answer is made again. Default 5. */
  readonly retries?: number;
  /** Lets keys and tokens travel unencrypted to other machines. */
  readonly allowInsecureHttp?: boolean;
  /** In place of the global one. */
  readonly fetch?: Fetch;
}

/** Options that were found right. */
export interface ClientSettings {
  /** Without a slash at its end. */
  readonly base: string;
  readonly key: string;
  /** Of the caller, as its key has it. */
  readonly callerName: string;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly allowInsecureHttp: boolean;
  readonly web: Web;
}

const OPTIONS: Readonly<Record<keyof ClientOptions, true>> = {
  url: true,
  key: true,
  timeoutMs: true,
  retries: true,
  allowInsecureHttp: true,
  fetch: true,
};
const MAX_TIMEOUT_MS = 600_000;
const MAX_RETRIES = 100;

/** Throws a TypeError, which quotes neither key nor URL. */
export function parseClientOptions(options: ClientOptions): ClientSettings {
  if (typeof options !== 'object' || options === null) throw new TypeError('createClient takes options');
  const { url, key, timeoutMs = 10_000, retries = 5, allowInsecureHttp = false } = options;
  const unknown = Object.keys(options).find((name) => !(name in OPTIONS));
  if (unknown !== undefined) throw new TypeError(`createClient has no option "${unknown}"`);
  const callerName = typeof key === 'string' ? CALLER_KEY.exec(key)?.[1] : undefined;
  if (callerName === undefined) {
    throw new TypeError('key: must be a caller key, which reads ms_<name>_<43 characters>');
  }
  if (!isWithin(timeoutMs, 1, MAX_TIMEOUT_MS)) {
    throw new TypeError(`timeoutMs: must be 1 to ${MAX_TIMEOUT_MS} milliseconds`);
  }
  if (!Number.isInteger(retries) || !isWithin(retries, 0, MAX_RETRIES)) {
    throw new TypeError(`retries: must be a whole number from 0 to ${MAX_RETRIES}`);
  }
  if (options.fetch !== undefined && typeof options.fetch !== 'function') {
    throw new TypeError('fetch: must be a function like the global one');
  }
  return {
    base: parseBase('url', url, allowInsecureHttp),
    key,
    callerName,
    timeoutMs,
    retries,
    allowInsecureHttp,
    web: { ...web, fetch: options.fetch ?? web.fetch },
  };
}

export function isWithin(value: number, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}

/** The URL of a service, without a slash at its end. Throws a TypeError that names the option. */
export function parseBase(option: string, given: string | URL, allowInsecureHttp: boolean): string {
  if (!URL.canParse(String(given))) throw new TypeError(`${option}: must be an absolute URL`);
  const url = new URL(given);
  requireSafe(option, url, allowInsecureHttp);
  if (/[?#]/.test(url.href)) throw new TypeError(`${option}: must have no query and no fragment`);
  return url.href.replace(/\/+$/, '');
}

/** Throws a TypeError for a URL over which a secret should not travel. */
export function requireSafe(option: string, url: URL, allowInsecureHttp: boolean): void {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new TypeError(`${option}: must be an https URL`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError(`${option}: must have no user name and no password`);
  }
  if (url.protocol === 'http:' && !allowInsecureHttp && !isLoopback(url.hostname)) {
    const unless = 'unless allowInsecureHttp says that secrets may travel unencrypted';
    throw new TypeError(`${option}: must be https, ${unless}`);
  }
}

function isLoopback(hostname: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost|.+\.localhost)$/.test(hostname);
}
