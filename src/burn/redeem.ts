import type { BurnAnswer, BurnRequest } from '../ledger/burn-ledger.ts';
import type { VerifiedToken } from '../token/verify.ts';
import { type Attempt, attemptOf } from './attempt.ts';
import { checkBinding, type Proof } from './check-binding.ts';
import type { Deployment } from './deployment.ts';
import { type Redeemed, readyGrant, type Ungranted } from './grant.ts';
import { formatRedemptionId } from './redemption-id.ts';
import { type Refusal, refuse, refuseInvalid, refuseVoid } from './refusal.ts';
import { clockIsBehind, verifyNow } from './verify-now.ts';

export interface RedeemRequest {
  readonly token: string;
  readonly purpose: string;
  /** Who redeems, as an audience. Absent: the token may be for any audience of its purpose. */
  readonly audience?: string | undefined;
  /** What is shown of the call, for a token that is bound. */
  readonly proof?: Proof | undefined;
  /** Holds the use for so many seconds instead of burning it now. */
  readonly holdSeconds?: number | undefined;
}

/**
 * Redeems a token: verifies it, then burns it, then tells what it grants.
 *
 * Every check that needs no ledger comes before the burn, so a refused request never burns; the burn
 * is the ledger's single atomic decision, so of any number of racing attempts only as many are told
 * `burned` as the token has uses. There is no other way to a `Redeemed`. Throws `ledger_unavailable`
 * when the ledger gave no answer: the token may or may not be burned, and only the same attempt may ask
 * again; an attempt that its caller did not name is kept for that (see unsettled-attempts.ts).
 */
export async function redeem(
  request: RedeemRequest,
  attempt: Attempt,
  deployment: Deployment,
): Promise<Redeemed | Refusal> {
  const verified = await verifyNow(request.token, deployment);
  if (!verified.genuine) return refuseInvalid(verified.reason);
  const { token, nowMs } = verified;
  if (token.purpose !== request.purpose) {
    return refuse('purpose_mismatch', 'The token was minted for another purpose than the one named.');
  }
  if (request.audience !== undefined && token.aud !== request.audience) {
    return refuse('audience_mismatch', 'The token was minted for another audience than the one named.');
  }
  const binding = await checkBinding(token, request.token, request.proof ?? {}, nowMs);
  if (!binding.fits) return refuse('binding_mismatch', binding.detail);
  const grant = await readyGrant(token, deployment);
  if (typeof grant !== 'function') return grant;
  const current = attempt.named ? attempt : takeUp(attempt, token.jti, deployment);
  try {
    const how = { holdSeconds: request.holdSeconds, proofName: binding.proofName };
    const result = told(await burn(token, how, current, deployment), token, current);
    return result.refused ? result : await grant(result);
  } catch (error) {
    if (!current.named) deployment.retried.leave(token.jti, current.caller, current.secret);
    throw error;
  }
}

const EXPIRED = 'The token has expired.';

/** The attempt that this caller's last try at the token left without an answer, or else this one. */
function takeUp(attempt: Attempt, jti: string, { retried }: Deployment): Attempt {
  const secret = retried.take(jti, attempt.caller);
  return secret === undefined ? attempt : attemptOf(secret, attempt.caller, attempt.named);
}

async function burn(
  token: VerifiedToken,
  how: Pick<BurnRequest, 'holdSeconds' | 'proofName'>,
  attempt: Attempt,
  { ledger, clockToleranceSeconds }: Deployment,
): Promise<BurnAnswer> {
  return ledger.burn({
    id: token.id,
    subject: token.sub,
    purpose: token.purpose,
    attempt: attempt.id,
    caller: attempt.caller,
    burnableFromMs: (token.iat - clockToleranceSeconds) * 1000,
    // An expired token is asked about all the same. Only the ledger's clock decides, which may have been set since it
    // was last heard; and an attempt that burned the token in time gets its answer.
    burnableUntilMs: (token.exp + clockToleranceSeconds) * 1000,
    ...how,
  });
}

function told(answer: BurnAnswer, token: VerifiedToken, attempt: Attempt): Ungranted | Refusal {
  switch (answer.outcome) {
    case 'burned':
    case 'held':
      return {
        refused: false,
        redemptionId: formatRedemptionId(token.jti, attempt.secret),
        token,
        use: answer,
      };
    case 'released':
      return refuse(
        'request_invalid',
        'This attempt has given the token back: a new try needs a new Idempotency-Key.',
      );
    case 'already-burned': {
      const { redeemedAtMs } = answer;
      return refuse('token_burned', 'The token was redeemed before, by another attempt.', { redeemedAtMs });
    }
    case 'held-by-another': {
      const { heldUntilMs } = answer;
      return refuse('token_held', 'The token is held by another attempt, which may still give it back.', {
        heldUntilMs,
      });
    }
    case 'revoked':
      return refuse('token_revoked', 'The token was revoked.');
    case 'superseded':
      return refuse('token_superseded', 'A newer token of the same purpose and subject has taken its place.');
    case 'expired':
      return refuse('token_expired', EXPIRED);
    case 'proof-used':
      return refuse('binding_mismatch', 'The DPoP proof is refused: it was shown before.');
    case 'early':
      throw clockIsBehind(answer.byMs);
    case 'void':
      return refuseVoid();
  }
}
