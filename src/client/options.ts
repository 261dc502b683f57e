import { asUrl } from '../contract/as-url.ts';
import { CALLER_KEY } from '../contract/limits.ts';
import { type Fetch, type Web, web } from './web.ts';

/** How to reach a Matchstick service. */
export interface ClientOptions {
  /** The URL of the service, such as `https://cap.example.com`. Default: the variable `MATCHSTICK_URL`. */
  readonly url?: string | URL | undefined;
  /** Your caller key: `ms_<name>_<43 characters>`. Default: the variable `MATCHSTICK_KEY`. */
  readonly key?: string | undefined;
  /** How long one call can take, retries included, in milliseconds: 1 to 600,000. Default 10,000. */
  readonly timeoutMs?: number;
  /** How often a call that got no answer is made again: 0 to 100. Default 5. */
  readonly retries?: number;
  /** Lets your key and tokens travel unencrypted to other machines. Default false. */
  readonly allowInsecureHttp?: boolean;
  /** Called instead of the global `fetch`. */
  readonly fetch?: Fetch;
}

/** Options that were found right. */
export interface ClientSettings {
  /** Without a slash at its end. */
  readonly base: string;
  readonly key: string;
  /** The caller's name, which its key contains. */
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

/** Throws a TypeError that names the option and quotes neither key nor URL. */
export function parseClientOptions(options: ClientOptions = {}): ClientSettings {
  if (typeof options !== 'object' || options === null) throw new TypeError('createClient takes options');
  const { timeoutMs = 10_000, retries = 5, allowInsecureHttp = false } = options;
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(OPTIONS, name));
  if (unknown !== undefined) throw new TypeError(`createClient has no option "${unknown}"`);
  const url = given('url', options.url, 'MATCHSTICK_URL');
  const key = given('key', options.key, 'MATCHSTICK_KEY');
  const callerName = typeof key === 'string' ? CALLER_KEY.exec(key)?.[1] : undefined;
  if (callerName === undefined || typeof key !== 'string') {
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

/** An option, or the variable that stands in for it. */
function given<T>(option: string, value: T | undefined, variable: string): T | string {
  if (value !== undefined) return value;
  const found = web.variable(variable);
  if (found) return found;
  throw new TypeError(`${option}: is missing: give it to createClient, or set ${variable}`);
}

export function isWithin(value: number, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}

/** The URL of a service, without a slash at its end. Throws a TypeError that names the option. */
export function parseBase(option: string, given: string | URL, allowInsecureHttp: boolean): string {
  if (!asUrl(String(given)))
    throw new TypeError(`${option}: must be an absolute URL, such as http://127.0.0.1:4100`);
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
