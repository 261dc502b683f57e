import type { ErrorCode } from '../../src/errors.ts';

/** Status and title of every problem, written out: they are API. */
export const PROBLEMS = {
  request_invalid: [400, 'The request is not valid'],
  token_invalid: [400, 'The token is not valid'],
  caller_unknown: [401, 'The caller is not known'],
  caller_forbidden: [403, 'The caller may not do this'],
  purpose_mismatch: [403, 'The token is for another purpose'],
  audience_mismatch: [403, 'The token is for another audience'],
  binding_mismatch: [403, 'The token is bound to something else'],
  not_found: [404, 'There is nothing here'],
  method_not_allowed: [405, 'The method is not allowed here'],
  token_held: [409, 'The token is held by another attempt'],
  token_expired: [410, 'The token has expired'],
  token_burned: [410, 'The token was already redeemed'],
  token_revoked: [410, 'The token was revoked'],
  token_superseded: [410, 'The token was superseded by a newer one'],
  token_void: [410, 'The token is void: ask for a new one'],
  request_too_large: [413, 'The request is too large'],
  media_type_unsupported: [415, 'The media type is not supported'],
  rate_limited: [429, 'Too many requests'],
  internal: [500, 'Something went wrong here'],
  ledger_unavailable: [503, 'The ledger does not answer'],
} as const satisfies Record<ErrorCode, readonly [status: number, title: string]>;
