import type { ErrorCode } from '../errors.ts';
import { type VerifiedToken, verifyToken } from '../token/verify.ts';
import type { Attempt } from './attempt.ts';
import type { Capabilities } from './capabilities.ts';
import type { BurnAnswer } from './ledger.ts';

export interface RedeemRequest {
  readonly token: string;
  readonly purpose: string;
  /** Who redeems, as an audience. Absent: the token may be for any audience of its purpose. */
  readonly audience?: string | undefined;
}

export interface Redeemed {
  readonly redeemed: true;
  readonly redemptionId: string;
  readonly token: VerifiedToken;
  readonly redeemedAtMs: number;
}

export interface Refused {
  readonly redeemed: false;
  readonly code: ErrorCode;
  readonly detail: string;
  /** `token_burned` only. */
  readonly redeemedAtMs?: number;
}

/**
 * Redeems a token: verifies it, then burns it, then tells what it grants.
 *
 * Every check that needs no ledger comes before the burn, so a refused request never burns; the burn
 * is the ledger's single atomic decision, so of any number of racing attempts one is told `burned`.
 * There is no other way to a `Redeemed`. Throws `ledger_unavailable` when the ledger gave no answer:
 * the token may or may not be burned, and only the same attempt may ask again; an attempt that its
 * caller did not name is kept for that (see unsettled-attempts.ts).
 */
export async function redeem(
  request: RedeemRequest,
  attempt: Attempt,
  capabilities: Capabilities,
): Promise<Redeemed | Refused> {
  const { ledger } = capabilities;
  const verification = await verifyToken(request.token, capabilities, ledger.nowMs());
  if (!verification.valid) return refuse('token_invalid', `The token is refused: ${verification.reason}.`);
  const { token } = verification;
  if (token.purpose !== request.purpose) {
    return refuse('purpose_mismatch', 'The token was minted for another purpose than the one named.');
  }
  if (request.audience !== undefined && token.aud !== request.audience) {
    return refuse('audience_mismatch', 'The token was minted for another audience than the one named.');
  }
  if (token.expired) return recall(token, attempt, capabilities);

  const current = attempt.named ? attempt : takeUp(attempt, token.jti, capabilities);
  const answer = await burn(token, current, capabilities);
  switch (answer.outcome) {
    case 'burned':
      return redeemed(token, current, answer.redeemedAtMs);
    case 'already-burned':
      return {
        ...refuse('token_burned', 'The token was redeemed before, by another attempt.'),
        redeemedAtMs: answer.redeemedAtMs,
      };
    case 'expired':
      return recall(token, attempt, capabilities);
    case 'void':
      return refuse('token_void', 'The ledger no longer vouches for the time in which the token was minted.');
  }
}

/** The attempt that this caller's last try at the token left without an answer, or else this one. */
function takeUp(attempt: Attempt, jti: string, { unsettled }: Capabilities): Attempt {
  return { ...attempt, id: unsettled.take(jti, attempt.caller) ?? attempt.id };
}

async function burn(token: VerifiedToken, attempt: Attempt, capabilities: Capabilities): Promise<BurnAnswer> {
  const { ledger, unsettled, clockToleranceSeconds } = capabilities;
  try {
    return await ledger.burn({
      id: token.id,
      attempt: attempt.id,
      caller: attempt.caller,
      burnableUntilMs: (token.exp + clockToleranceSeconds) * 1000,
    });
  } catch (error) {
    if (!attempt.named) unsettled.leave(token.jti, attempt.caller, attempt.id);
    throw error;
  }
}

/**
 * The answer for a token that has expired. An attempt that burned it in time and lost the reply still
 * gets its answer; nothing can be burned on this path.
 */
async function recall(
  token: VerifiedToken,
  attempt: Attempt,
  { ledger }: Capabilities,
): Promise<Redeemed | Refused> {
  if (attempt.named) {
    const record = await ledger.inspect(token.id);
    if (record.state === 'burned' && record.attempt === attempt.id) {
      return redeemed(token, attempt, record.redeemedAtMs);
    }
  }
  return refuse('token_expired', 'The token has expired.');
}

function redeemed(token: VerifiedToken, attempt: Attempt, redeemedAtMs: number): Redeemed {
  return { redeemed: true, redemptionId: `${token.jti}${attempt.id}`, token, redeemedAtMs };
}

function refuse(code: ErrorCode, detail: string): Refused {
  return { redeemed: false, code, detail };
}
