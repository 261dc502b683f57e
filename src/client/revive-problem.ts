import type { output } from 'zod/mini';
import { REQUEST_ID } from '../contract/limits.ts';
import { readProblem, readProblemExtras } from '../contract/read.ts';
import { ERROR_CODES, type ErrorExtras, MatchstickError, problemType } from '../errors.ts';

type Problem = output<typeof readProblem>;

/**
 * The error that the service answered with, as it was thrown there. Undefined when this is not a problem
 * of the service at all.
 */
export function reviveProblem(status: number, headers: Headers, body: unknown): MatchstickError | undefined {
  const problem = readProblem.safeParse(body).data;
  if (problem?.status !== status || problem.type !== problemType(problem.code)) return undefined;
  const code = ERROR_CODES.find((known) => known === problem.code);
  const extras = extrasOf(headers, problem);
  if (!code) {
    const message = `The service refused with a code that this version does not know (status ${status}).`;
    return new MatchstickError('internal', message, extras);
  }
  const error = new MatchstickError(code, problem.detail, extras);
  return error.status === status ? error : undefined;
}

function extrasOf(headers: Headers, problem: Problem): ErrorExtras {
  const errors = readProblemExtras.errors.safeParse(problem.errors).data;
  const redeemedAt = readProblemExtras.redeemedAt.safeParse(problem.redeemedAt).data;
  const heldUntil = readProblemExtras.heldUntil.safeParse(problem.heldUntil).data;
  const limit = readProblemExtras.limit.safeParse(problem.limit).data;
  const allow = headers.get('allow')?.split(/, */);
  return {
    ...(errors ? { errors: errors.map(problemOf) } : {}),
    ...(redeemedAt === undefined ? {} : { redeemedAt }),
    ...(heldUntil === undefined ? {} : { heldUntil }),
    ...(limit === undefined ? {} : { limit }),
    ...(allow ? { allow } : {}),
    ...headerExtras(headers),
  };
}

function problemOf({
  path,
  pointer,
  message,
}: {
  path: string;
  pointer?: string | undefined;
  message: string;
}) {
  return { path, message, ...(pointer === undefined ? {} : { pointer }) };
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

const UNKNOWN = 'Whether the token was redeemed is unknown: ask again with the same attempt.';

/** The same error, and with it the name of the attempt that may ask again. */
export function namingAttempt(error: MatchstickError, attempt: string | undefined): MatchstickError {
  if (attempt === undefined || !leavesOpen(error)) return error;
  const { code, extras, requestId } = error;
  return new MatchstickError(code, `${error.message} ${UNKNOWN}`, {
    ...extras,
    ...(requestId === undefined ? {} : { requestId }),
    attempt,
  });
}

/** Whether the service may have done something, or nothing: the same attempt may ask again. */
function leavesOpen({ status }: MatchstickError): boolean {
  return status === 429 || status >= 500;
}
