import type { ProblemDetails } from './contract/replies.ts';
import { type MatchstickError, problemType } from './errors.ts';

/** An HTTP answer as a value, before any framework sends it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** In place of `body`, for what is no text. */
  readonly octets?: Uint8Array;
  /** What follows the body, piece by piece, until `signal` says that nobody is there any more. */
  readonly more?: (signal: AbortSignal) => AsyncIterable<string>;
}

/** Sent with every answer; a route's own headers win. */
export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** An error as RFC 9457 problem details. */
export function problemAnswer(error: MatchstickError): Answer {
  const { retryAfterSeconds, allow, errors, redeemedAt, heldUntil, limit, quota } = error.extras;
  const body: ProblemDetails = {
    type: problemType(error.code),
    title: error.title,
    status: error.status,
    detail: error.message,
    code: error.code,
    ...(errors === undefined ? {} : { errors: [...errors] }),
    ...(redeemedAt === undefined ? {} : { redeemedAt }),
    ...(heldUntil === undefined ? {} : { heldUntil }),
    ...(limit === undefined ? {} : { limit }),
  };
  const headers: Record<string, string> = { ...COMMON_HEADERS, 'Content-Type': 'application/problem+json' };
  if (retryAfterSeconds !== undefined) headers['Retry-After'] = String(retryAfterSeconds);
  if (limit !== undefined && quota) {
    // draft-ietf-httpapi-ratelimit-headers-11
    headers['RateLimit-Policy'] = `"${limit}";q=${quota.count};w=${quota.perSeconds}`;
    headers.RateLimit = `"${limit}";r=0;t=${retryAfterSeconds}`;
  }
  if (allow) headers.Allow = allow.join(', ');
  if (error.code === 'caller_unknown') headers['WWW-Authenticate'] = 'Bearer';
  return { status: error.status, headers, body: JSON.stringify(body) };
}
