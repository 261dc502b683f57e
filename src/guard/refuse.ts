import { DPOP_ALGORITHMS } from '../contract/limits.ts';
import { type ErrorCode, MatchstickError } from '../errors.ts';
import { type Answer, problemAnswer } from '../problem.ts';

/** A refusal of the token that was shown. */
interface TokenRefusal {
  /** What RFC 6750 section 3.1 calls it, if anything. */
  readonly error?: 'invalid_token' | 'insufficient_scope';
  /** Only the ledger can say so: an attempt that heard it has had its answer. */
  readonly ofTheLedger?: true;
}

const INVALID: TokenRefusal = { error: 'invalid_token' };
const SPENT: TokenRefusal = { error: 'invalid_token', ofTheLedger: true };

/** Every code: what it says of the token that the requester showed; undefined if it is about something else. */
const TOKEN_REFUSALS: Readonly<Record<ErrorCode, TokenRefusal | undefined>> = {
  token_invalid: INVALID,
  token_expired: SPENT,
  token_burned: SPENT,
  token_revoked: SPENT,
  token_superseded: SPENT,
  token_void: SPENT,
  token_held: { ofTheLedger: true },
  purpose_mismatch: { error: 'insufficient_scope' },
  audience_mismatch: INVALID,
  binding_mismatch: INVALID,
  request_invalid: undefined,
  caller_unknown: undefined,
  caller_forbidden: undefined,
  not_found: undefined,
  method_not_allowed: undefined,
  request_too_large: undefined,
  media_type_unsupported: undefined,
  rate_limited: undefined,
  internal: undefined,
  ledger_unavailable: undefined,
};

export function isOfTheLedger(code: ErrorCode): boolean {
  return TOKEN_REFUSALS[code]?.ofTheLedger ?? false;
}

/** Whether it is about the token that was shown. */
function isOfTheToken({ code }: MatchstickError): boolean {
  return TOKEN_REFUSALS[code] !== undefined;
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
  return new MatchstickError('ledger_unavailable', 'The token cannot be checked right now.', {
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    cause: thrown,
  });
}

/** A failure that is not the requester's, as they see it: it reveals nothing about what is behind this app. */
function outward(error: MatchstickError): MatchstickError {
  if (error.code !== 'ledger_unavailable') return error;
  const { retryAfterSeconds } = error.extras;
  return new MatchstickError('ledger_unavailable', 'The token cannot be checked right now.', {
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

export function failure(cause: unknown): MatchstickError {
  if (cause instanceof MatchstickError && cause.code === 'internal') return cause;
  return new MatchstickError('internal', 'The token could not be checked here.', { cause });
}

/** The same for everything that can be wrong with a link: a stranger is not told which. */
function deadLink(error: MatchstickError): MatchstickError {
  if (!isOfTheToken(error)) return error;
  return new MatchstickError(
    'token_invalid',
    'The link does not work, or no longer does. Ask for a new one.',
  );
}

const ALGORITHMS = `algs="${DPOP_ALGORITHMS.join(' ')}"`;

/** The WWW-Authenticate of a refusal (RFC 6750 section 3, RFC 9449 section 7.1): what to prove, where a proof may be needed. */
function challengeOf({ code }: MatchstickError, scheme: 'Bearer' | 'DPoP'): Readonly<Record<string, string>> {
  const error = code === 'request_invalid' ? 'invalid_request' : TOKEN_REFUSALS[code]?.error;
  if (code === 'caller_unknown') return { 'WWW-Authenticate': `Bearer, DPoP ${ALGORITHMS}` };
  if (error === undefined) return {};
  if (scheme === 'DPoP') return { 'WWW-Authenticate': `DPoP error="${error}", ${ALGORITHMS}` };
  const proving = code === 'binding_mismatch' ? `, DPoP ${ALGORITHMS}` : '';
  return { 'WWW-Authenticate': `Bearer error="${error}"${proving}` };
}

/** What a person is shown of a refusal at a link. */
export type RefusalView = 'dead' | 'limited' | 'unavailable' | 'undone';

/** The same for everything that can be wrong with a link; `undone` where nothing is, and nothing was used up. */
export function refusalView(error: MatchstickError): RefusalView {
  if (isOfTheToken(error)) return 'dead';
  if (error.code === 'rate_limited') return 'limited';
  return error.status >= 500 ? 'unavailable' : 'undone';
}

/** The problem that a refused request gets, whatever was asked for. */
export function refusalAnswer(
  error: MatchstickError,
  from: 'link' | 'credentials',
  scheme: 'Bearer' | 'DPoP',
): Answer {
  const answered = from === 'link' ? outward(deadLink(error)) : outward(error);
  const more = from === 'link' ? { 'X-Robots-Tag': 'noindex' } : challengeOf(error, scheme);
  const { status, headers, body } = problemAnswer(answered);
  return { status, headers: { ...headers, ...more }, body };
}
