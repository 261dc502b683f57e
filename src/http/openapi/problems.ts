import { problemDetails } from '../../contract/replies.ts';
import { ERROR_CODES, type ErrorCode, MatchstickError, requestInvalid } from '../../errors.ts';
import { problemAnswer } from '../../problem.ts';
import { mayHaveEmptyBody } from '../no-fields.ts';
import type { Route } from '../route.ts';

type Asked = Pick<Route, 'method' | 'params' | 'body' | 'query' | 'headers' | 'needsCaller' | 'problems'>;

/** Every code with which a route may refuse. */
export function problemsOf(route: Asked): readonly ErrorCode[] {
  const { params, body, needsCaller, problems } = route;
  const all = new Set<ErrorCode>(['request_invalid', 'request_too_large', 'internal', ...problems]);
  if (needsCaller) {
    for (const code of ['caller_unknown', 'caller_forbidden', 'rate_limited'] as const) all.add(code);
    // The limits of callers are kept in it.
    all.add('ledger_unavailable');
  }
  if (body || mayHaveEmptyBody(route)) all.add('media_type_unsupported');
  // What is in the place of a parameter may be another path.
  if (params) all.add('not_found');
  return ERROR_CODES.filter((code) => all.has(code));
}

/** A refusal of each code, as it would be answered. */
const SAMPLES: Readonly<Record<ErrorCode, MatchstickError>> = {
  request_invalid: requestInvalid([{ path: 'subject', message: 'must be a string' }]),
  token_invalid: new MatchstickError('token_invalid', 'The signature does not fit.'),
  caller_unknown: new MatchstickError('caller_unknown', 'The caller key is not known here.'),
  caller_forbidden: new MatchstickError(
    'caller_forbidden',
    'The caller main may not redeem tokens of this purpose.',
  ),
  purpose_mismatch: new MatchstickError('purpose_mismatch', 'The token is for another purpose.'),
  audience_mismatch: new MatchstickError('audience_mismatch', 'The token is for another audience.'),
  binding_mismatch: new MatchstickError('binding_mismatch', 'The token is bound to another session.'),
  not_found: new MatchstickError('not_found', 'There is nothing by this name.'),
  method_not_allowed: new MatchstickError('method_not_allowed', 'Use POST here.', { allow: ['POST'] }),
  token_held: new MatchstickError('token_held', 'Another attempt holds the token.', {
    heldUntil: '2026-12-01T08:00:30.000Z',
  }),
  token_expired: new MatchstickError('token_expired', 'The token has expired.'),
  token_burned: new MatchstickError('token_burned', 'The token was already redeemed.', {
    redeemedAt: '2026-12-01T08:00:00.000Z',
  }),
  token_revoked: new MatchstickError('token_revoked', 'The token was revoked.'),
  token_superseded: new MatchstickError('token_superseded', 'A newer token has replaced this one.'),
  token_void: new MatchstickError(
    'token_void',
    'The memory in which the token was minted is lost. Ask for a new token.',
  ),
  request_too_large: new MatchstickError('request_too_large', 'The body is longer than 16384 octets.'),
  media_type_unsupported: new MatchstickError(
    'media_type_unsupported',
    'Send the body as application/json, in UTF-8.',
  ),
  rate_limited: new MatchstickError('rate_limited', 'Too many calls. Try again in 60 seconds.', {
    retryAfterSeconds: 60,
    limit: 'calls-per-caller',
    quota: { count: 100, perSeconds: 60 },
  }),
  internal: new MatchstickError('internal', 'The request failed. See the log for this request id.'),
  ledger_unavailable: new MatchstickError('ledger_unavailable', 'The ledger gave no answer in time.', {
    retryAfterSeconds: 1,
  }),
};

/** What a problem of a code is like, as a body. */
export function problemSample(code: ErrorCode): unknown {
  return problemDetails.parse(JSON.parse(problemAnswer(SAMPLES[code]).body));
}

/** The headers that a problem of a code has, besides those of every answer. */
export function problemHeaders(code: ErrorCode): readonly string[] {
  const { headers } = problemAnswer(SAMPLES[code]);
  return Object.keys(headers);
}

export function statusOf(code: ErrorCode): number {
  return SAMPLES[code].status;
}
