import type { ServerResponse } from 'node:http';
import { type ErrorCode, MatchstickError } from '../errors.ts';
import { problemAnswer } from '../problem.ts';

/** What a redemption can be refused with for what the requester sent, and its error in RFC 6750 section 3.1. */
const OF_THE_TOKEN: Partial<Readonly<Record<ErrorCode, string | undefined>>> = {
  token_invalid: 'invalid_token',
  token_expired: 'invalid_token',
  token_burned: 'invalid_token',
  token_revoked: 'invalid_token',
  token_superseded: 'invalid_token',
  token_void: 'invalid_token',
  token_held: undefined,
  purpose_mismatch: 'insufficient_scope',
  audience_mismatch: 'invalid_token',
  binding_mismatch: 'invalid_token',
};

/** Whether it is about the token that was shown. */
export function isOfTheToken({ code }: MatchstickError): boolean {
  return Object.hasOwn(OF_THE_TOKEN, code);
}

/**
 * What redeeming or inspecting threw, as it concerns the requester: refusals of the token, and that there was
 * no answer. Everything else (a caller key that is not known, say) is the app's, and `internal` to others.
 */
export function asksRefusal(thrown: unknown): MatchstickError {
  if (!(thrown instanceof MatchstickError)) return failure(thrown);
  if (isOfTheToken(thrown) || thrown.code === 'ledger_unavailable') return thrown;
  if (thrown.code !== 'rate_limited') return failure(thrown);
  const { retryAfterSeconds } = thrown.extras;
  return new MatchstickError('ledger_unavailable', 'The token cannot be looked at just now.', {
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    cause: thrown,
  });
}

/** What the requester is told of a failure that is not theirs: nothing of what is behind this app. */
export function outward(error: MatchstickError): MatchstickError {
  if (error.code !== 'ledger_unavailable') return error;
  const { retryAfterSeconds } = error.extras;
  return new MatchstickError('ledger_unavailable', 'The token cannot be looked at just now.', {
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

export function failure(cause: unknown): MatchstickError {
  if (cause instanceof MatchstickError && cause.code === 'internal') return cause;
  return new MatchstickError('internal', 'The token could not be checked here.', { cause });
}

/** The same for everything that can be wrong with a link: a stranger is not told which. */
export function deadLink(error: MatchstickError): MatchstickError {
  if (!isOfTheToken(error)) return error;
  return new MatchstickError(
    'token_invalid',
    'The link does not work, or no longer does. Ask for a new one.',
  );
}

/** The WWW-Authenticate of a refusal (RFC 6750 section 3, RFC 9449 section 7.1). */
export function challengeOf(
  { code }: MatchstickError,
  scheme: 'Bearer' | 'DPoP',
): Readonly<Record<string, string>> {
  const error = code === 'request_invalid' ? 'invalid_request' : OF_THE_TOKEN[code];
  return error === undefined ? {} : { 'WWW-Authenticate': `${scheme} error="${error}"` };
}

export function sendProblem(
  response: ServerResponse,
  error: MatchstickError,
  more: Readonly<Record<string, string>>,
): void {
  const { status, headers, body } = problemAnswer(error);
  response.writeHead(status, { ...headers, ...more, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
