import type { ErrorCode } from '../errors.ts';

/** An expected no: what the caller is told, and nothing was burned by it. */
export interface Refusal {
  readonly refused: true;
  readonly code: ErrorCode;
  readonly detail: string;
  /** `token_burned` only. */
  readonly redeemedAtMs?: number;
  /** `token_held` only. */
  readonly heldUntilMs?: number;
}

export function refuse(
  code: ErrorCode,
  detail: string,
  times: Pick<Refusal, 'redeemedAtMs' | 'heldUntilMs'> = {},
): Refusal {
  return { refused: true, code, detail, ...times };
}

/** `reason` completes the sentence "The token is refused: …". */
export function refuseInvalid(reason: string): Refusal {
  return refuse('token_invalid', `The token is refused: ${reason}.`);
}

export function refuseVoid(): Refusal {
  return refuse('token_void', 'The ledger no longer vouches for the time in which the token was minted.');
}

/** Of a token that was minted under another configuration. */
export function refuseUnopenable(): Refusal {
  return refuse('token_invalid', 'The token is refused: its purpose opens something else now.');
}
