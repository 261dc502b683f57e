import { REQUEST_ID } from '../contract/limits.ts';
import {
  ERROR_CODES,
  type ErrorCode,
  type ErrorExtras,
  type InputProblem,
  MatchstickError,
} from '../errors.ts';
import { isObject } from './is-answer.ts';

/**
 * The error that the service answered with, as it was thrown there. Undefined when this is not a problem
 * of the service at all.
 */
export function reviveProblem(status: number, headers: Headers, body: unknown): MatchstickError | undefined {
  if (!isObject(body) || typeof body.code !== 'string' || typeof body.detail !== 'string') return undefined;
  if (body.type !== `urn:matchstick:problem:${body.code}` || body.status !== status) return undefined;
  const code = ERROR_CODES.find((known) => known === body.code);
  const extras = extrasOf(headers, body);
  if (!code) {
    const message = `The service refused with a code that this version does not know (status ${status}).`;
    return new MatchstickError('internal', message, extras);
  }
  const error = new MatchstickError(code, body.detail, extras);
  return error.status === status ? error : undefined;
}

function extrasOf(headers: Headers, body: Readonly<Record<string, unknown>>): ErrorExtras {
  const { errors, redeemedAt, heldUntil } = body;
  const allow = headers.get('allow')?.split(/, */);
  return {
    ...(Array.isArray(errors) ? { errors: errors.filter(isInputProblem) } : {}),
    ...(typeof redeemedAt === 'string' ? { redeemedAt } : {}),
    ...(typeof heldUntil === 'string' ? { heldUntil } : {}),
    ...(allow ? { allow } : {}),
    ...headerExtras(headers),
  };
}

/** What the headers of any answer tell. */
export function headerExtras(headers: Headers): Pick<ErrorExtras, 'retryAfterSeconds' | 'requestId'> {
  // RFC 9110 also allows a date, which would need two clocks to agree.
  const retryAfter = matching(/^\d{1,9}$/, headers.get('retry-after'));
  const requestId = matching(REQUEST_ID, headers.get('x-request-id'));
  return {
    ...(retryAfter === undefined ? {} : { retryAfterSeconds: Number(retryAfter) }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function matching(pattern: RegExp, text: string | null): string | undefined {
  return text !== null && pattern.test(text) ? text : undefined;
}

function isInputProblem(value: unknown): value is InputProblem {
  return isObject(value) && typeof value.path === 'string' && typeof value.message === 'string';
}

/** What leaves open whether the service did anything, so that the same attempt may ask again. */
const UNSETTLED: readonly ErrorCode[] = ['ledger_unavailable', 'rate_limited', 'internal'];

const UNKNOWN = 'Whether the token was redeemed is unknown: ask again with the same attempt.';

/** The same error, and with it the name of the attempt that may ask again. */
export function namingAttempt(error: MatchstickError, attempt: string | undefined): MatchstickError {
  if (attempt === undefined || !UNSETTLED.includes(error.code)) return error;
  const { code, extras, requestId } = error;
  return new MatchstickError(code, `${error.message} ${UNKNOWN}`, {
    ...extras,
    ...(requestId === undefined ? {} : { requestId }),
    attempt,
  });
}
