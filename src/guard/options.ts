import { asUrl } from '../contract/as-url.ts';
import { type DeclaredAudiences, declaredPurposes } from '../contract/declared-purposes.ts';
import { DEFAULT_HOLD_SECONDS, MAX_HOLD_SECONDS } from '../contract/limits.ts';
import type { Matchstick, PurposeMap } from '../contract/matchstick.ts';
import { type RetriedAttempts, retriedAttempts } from '../contract/retried-attempts.ts';
import type { MatchstickError } from '../errors.ts';
import { didYouMean } from '../input-problems.ts';
import { reportOnStderr } from './report.ts';

/** Finds something in a request of your framework. */
type FromRequest<Request> = (request: Request) => string | undefined | Promise<string | undefined>;

/** How a guard finds and redeems the token of a request, and what it does with a refusal. */
export interface GuardOptions<P extends PurposeMap, Name extends keyof P & string, Request> {
  /** What redeems: the result of `createMatchstick` or `createClient`. */
  readonly redeem: Matchstick<P>;
  /** What tokens must be for. */
  readonly purpose: Name;
  /** The audience that this app is. Required if the purpose has more than one: without it nothing is let in. */
  readonly audience?: P[Name]['audience'];
  /**
   * Where the token is. `'authorization'` (the default): in the Authorization header. `'link'`: in the query of a GET,
   * which only looks, and in the body of a POST, which redeems. Or a function that finds it.
   */
  readonly from?: 'authorization' | 'link' | FromRequest<Request>;
  /** `'redeem'` (the default) burns before your handler runs. `'hold'` holds, and burns once it has answered. */
  readonly mode?: 'redeem' | 'hold';
  /** With `mode: 'hold'`: the seconds that your handler has, 1 to 300. Default 60. */
  readonly hold?: number;
  /**
   * The origin under which callers reach this app, such as `https://billing.example.com`, for tokens bound to a request.
   * Default: from the Host header and the app's `trust proxy`.
   */
  readonly origin?: string;
  /** Finds the session id of a request, for tokens bound to a session. */
  readonly session?: FromRequest<Request>;
  /**
   * `'drawn'` (the default): every request is its own attempt, so one request gets through. `'idempotency-key'`:
   * requests with the same Idempotency-Key are one attempt and ALL get through. Use that only for a handler that may
   * run again: whoever captures such a request can send it again.
   */
  readonly attempt?: 'drawn' | 'idempotency-key';
  /**
   * `'problem'` (the default) answers a refusal; with `from: 'link'`, a browser gets a page. `'next'` passes the MatchstickError to your error handler.
   */
  readonly onRefusal?: 'problem' | 'next';
  /** Hears of every failure that is not the requester's: one answered with 500 or 503, or the end of a hold. */
  readonly onFailure?: (error: MatchstickError, request: Request) => void;
}

/** Options that were found right. */
export interface GuardSettings<P extends PurposeMap, Name extends keyof P & string, Request> {
  readonly matchstick: Matchstick<P>;
  readonly purpose: Name;
  readonly audience: P[Name]['audience'] | undefined;
  readonly from: 'authorization' | 'link' | FromRequest<Request>;
  /** Undefined: the token is redeemed at once. */
  readonly holdSeconds: number | undefined;
  /** Without a slash at its end. */
  readonly origin: string | undefined;
  readonly session: FromRequest<Request> | undefined;
  readonly attempt: 'drawn' | 'idempotency-key';
  readonly retried: RetriedAttempts;
  readonly onRefusal: 'problem' | 'next';
  readonly onFailure: (error: MatchstickError, request: Request) => void;
}

const OPTIONS = {
  ...{ redeem: true, purpose: true, audience: true, from: true, mode: true, hold: true },
  ...{ origin: true, session: true, attempt: true, onRefusal: true, onFailure: true },
} as const satisfies Record<keyof GuardOptions<PurposeMap, string, unknown>, true>;

/** Throws a TypeError that names the option, and the near miss. */
export function parseGuardOptions<P extends PurposeMap, Name extends keyof P & string, Request>(
  options: GuardOptions<P, Name, Request>,
): GuardSettings<P, Name, Request> {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(OPTIONS, name));
  if (unknown !== undefined) {
    throw wrong(`there is no option "${unknown}"${didYouMean(unknown, Object.keys(OPTIONS))}`);
  }
  const { redeem, purpose, audience, from = 'authorization', mode = 'redeem', hold } = options;
  const { origin, session, attempt = 'drawn', onRefusal = 'problem', onFailure = reportOnStderr } = options;
  if (typeof from !== 'function') requireOneOf('from', from, ['authorization', 'link'], ' or a function');
  requireOneOf('mode', mode, ['redeem', 'hold']);
  requireOneOf('attempt', attempt, ['drawn', 'idempotency-key']);
  requireOneOf('onRefusal', onRefusal, ['problem', 'next']);
  requireText('purpose', purpose);
  if (audience !== undefined) requireText('audience', audience);
  if (session !== undefined) requireFunction('session', session);
  requireFunction('onFailure', onFailure);
  const needed = [
    'redeem',
    ...(from === 'link' ? ['inspect'] : []),
    ...(mode === 'hold' ? ['commit', 'release'] : []),
  ];
  requireMatchstick(redeem, needed);
  requireDeclared(declaredPurposes(redeem), purpose, audience);
  if (hold !== undefined && mode !== 'hold') throw wrong("hold: goes with mode: 'hold'");
  if (hold !== undefined && !(Number.isInteger(hold) && hold >= 1 && hold <= MAX_HOLD_SECONDS)) {
    throw wrong(`hold: must be whole seconds, 1 to ${MAX_HOLD_SECONDS}`);
  }
  if (mode === 'hold' && attempt !== 'drawn') {
    throw wrong("attempt: must be 'drawn' with mode: 'hold', or two handlers could run under one hold");
  }
  return {
    matchstick: redeem,
    purpose,
    audience,
    from,
    holdSeconds: mode === 'hold' ? (hold ?? DEFAULT_HOLD_SECONDS) : undefined,
    origin: origin === undefined ? undefined : parseOrigin(origin),
    session,
    attempt,
    retried: retriedAttempts(),
    onRefusal,
    onFailure,
  };
}

function requireOneOf(option: string, value: unknown, allowed: readonly string[], more = ''): void {
  if (allowed.some((word) => word === value)) return;
  const words = allowed.map((word) => `'${word}'`).join(' or ');
  throw wrong(`${option}: must be ${words}${more}${didYouMean(String(value), allowed)}`);
}

function requireText(option: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw wrong(`${option}: must be a text`);
}

function requireFunction(option: string, value: unknown): void {
  if (typeof value !== 'function') throw wrong(`${option}: must be a function`);
}

function requireMatchstick(value: unknown, needed: readonly string[]): void {
  const isObject = typeof value === 'object' && value !== null;
  const missing = needed.find((name) => !isObject || typeof Reflect.get(value, name) !== 'function');
  if (missing !== undefined) {
    throw wrong(`redeem: must be what createMatchstick or createClient gave; it has no ${missing}()`);
  }
}

/** With a wrong purpose or audience nobody would be let in, and nobody would hear why. */
function requireDeclared(
  purposes: DeclaredAudiences | undefined,
  purpose: string,
  audience: string | undefined,
): void {
  if (!purposes) return;
  const audiences = purposes.get(purpose);
  if (!audiences)
    throw wrong(`purpose: there is no purpose "${purpose}"${didYouMean(purpose, [...purposes.keys()])}`);
  if (audience !== undefined && !audiences.includes(audience)) {
    throw wrong(`audience: ${purpose} is not for "${audience}"${didYouMean(audience, audiences)}`);
  }
}

function parseOrigin(origin: unknown): string {
  const url = typeof origin === 'string' ? asUrl(origin) : undefined;
  const isOrigin =
    url &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    !/[?#]/.test(url.href);
  if (!isOrigin) throw wrong('origin: must read like https://billing.example.com');
  return url.href.replace(/\/+$/, '');
}

function wrong(what: string): TypeError {
  return new TypeError(`requireCapability: ${what}`);
}
