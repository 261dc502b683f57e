import { timestampOf } from '../contract/timestamp.ts';
import { type ErrorCode, MatchstickError } from '../errors.ts';

/**
 * An expected no, as the error that the caller gets. From here up a refusal is such a value: it is returned, and
 * nothing was burned by it. What is thrown says instead that there was no answer.
 */
export function refuse(
  code: ErrorCode,
  detail: string,
  { redeemedAtMs, heldUntilMs }: { readonly redeemedAtMs?: number; readonly heldUntilMs?: number } = {},
): MatchstickError {
  return new MatchstickError(code, detail, {
    ...(redeemedAtMs === undefined ? {} : { redeemedAt: timestampOf(redeemedAtMs) }),
    ...(heldUntilMs === undefined ? {} : { heldUntil: timestampOf(heldUntilMs) }),
  });
}

/** `reason` completes the sentence "The token is refused: …". */
export function refuseInvalid(reason: string): MatchstickError {
  return refuse('token_invalid', `The token is refused: ${reason}.`);
}

export function refuseEnded(by: 'revoked' | 'superseded'): MatchstickError {
  return by === 'revoked'
    ? refuse('token_revoked', 'The token was revoked.')
    : refuse('token_superseded', 'A newer token of the same purpose and subject replaced this one.');
}

export function refuseVoid(): MatchstickError {
  return refuse(
    'token_void',
    'The ledger lost the memory in which the token was minted: ask for a new token.',
  );
}
