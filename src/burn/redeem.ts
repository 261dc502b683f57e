import type { Proof } from '../contract/matchstick.ts';
import type { Redemption } from '../contract/replies.ts';
import { MatchstickError } from '../errors.ts';
import type { BurnAnswer, BurnRequest } from '../ledger/burn-ledger.ts';
import type { JsonObject } from '../token/json-value.ts';
import type { VerifiedToken } from '../token/verify.ts';
import { type Attempt, attemptOf } from './attempt.ts';
import { checkBinding } from './check-binding.ts';
import type { Deployment } from './deployment.ts';
import { prepareGrant, type TakenUse } from './grant.ts';
import { formatRedemptionId } from './redemption-id.ts';
import { refuse, refuseEnded, refuseVoid } from './refusal.ts';
import { aboutToken, tellingRefusals, tellRefused } from './refused.ts';
import { resumeUnnamed } from './resume-unnamed.ts';
import { clockIsBehind, type GenuineToken, verifyNow } from './verify-now.ts';

/** What a redemption must fit besides being genuine. */
export interface RedeemTerms {
  readonly purpose: string;
  /** The audiences as which it is redeemed. Absent: the token may be for any audience of its purpose. */
  readonly audiences?: ReadonlySet<string> | undefined;
  /** What the redeemer shows of the call that it received, for a token that is bound. */
  readonly proof?: Proof | undefined;
  /** Seconds to hold the use instead of burning it now. */
  readonly hold?: number | undefined;
  /** What it grants is collected later, by whoever has the id of the redemption. */
  readonly toBeCollected?: boolean;
}

export interface RedeemRequest extends RedeemTerms {
  readonly token: string;
}

/** Verifies a token and redeems it: see `redeemGenuine`. */
export async function redeem(
  request: RedeemRequest,
  attempt: Attempt,
  deployment: Deployment,
): Promise<Redemption<JsonObject> | MatchstickError> {
  const genuine = await verifyNow(request.token, deployment);
  if (!(genuine instanceof MatchstickError)) return redeemGenuine(genuine, request, attempt, deployment);
  tellRefused(deployment.witness, genuine, { attempt: attempt.id });
  return genuine;
}

/**
 * Redeems a token that was verified: burns it, then says what it grants.
 *
 * Every check that needs no ledger comes before the burn, so a refused request never burns; the burn is the ledger's
 * single atomic decision, so of any number of racing attempts only as many are answered `burned` as the token has
 * uses. There is no other way to a redemption. Throws `ledger_unavailable` if the ledger gave no answer: the token may
 * or may not be burned, and only the same attempt may ask again. An attempt that its caller did not name is kept for
 * that (contract/retried-attempts.ts).
 */
export function redeemGenuine(
  genuine: GenuineToken,
  terms: RedeemTerms,
  attempt: Attempt,
  deployment: Deployment,
): Promise<Redemption<JsonObject> | MatchstickError> {
  const of = { about: aboutToken(genuine.token), attempt: attempt.id };
  return tellingRefusals(deployment.witness, of, () => judgeAndBurn(genuine, terms, attempt, deployment));
}

async function judgeAndBurn(
  { token, text, nowMs }: GenuineToken,
  terms: RedeemTerms,
  attempt: Attempt,
  deployment: Deployment,
): Promise<Redemption<JsonObject> | MatchstickError> {
  if (token.purpose !== terms.purpose) {
    return refuse('purpose_mismatch', 'The token was minted for another purpose than the one named.');
  }
  if (terms.audiences && !terms.audiences.has(token.aud)) {
    return refuse(
      'audience_mismatch',
      'The token was minted for another audience than the one that redeems.',
    );
  }
  const binding = await checkBinding(token, text, terms.proof ?? {}, nowMs);
  if (binding instanceof MatchstickError) return binding;
  const grant = await prepareGrant(token, deployment);
  if (grant instanceof MatchstickError) return grant;
  // The ledger refuses it too. A memory that is new may not have heard of it yet.
  if (deployment.keys.revoked.has(token.kid)) return refuseEnded('revoked');
  const { hold: holdSeconds, toBeCollected } = terms;
  const how = { holdSeconds, toBeCollected, proofName: binding.proofName };
  const ask = async (current: Attempt) => {
    const taken = useOf(await burn(token, how, current, deployment), token, current);
    return taken instanceof MatchstickError ? taken : grant(taken);
  };
  if (attempt.named) return ask(attempt);
  return resumeUnnamed(`${token.jti} ${attempt.caller}`, attempt.secret, deployment.retried, (secret) =>
    ask(attemptOf(secret, attempt.caller, false)),
  );
}

function burn(
  token: VerifiedToken,
  how: Pick<BurnRequest, 'holdSeconds' | 'toBeCollected' | 'proofName'>,
  attempt: Attempt,
  { ledger, clockToleranceSeconds, witness }: Deployment,
): Promise<BurnAnswer> {
  return ledger.burn({
    id: token.id,
    subject: token.sub,
    purpose: token.purpose,
    kid: token.kid,
    attempt: attempt.id,
    caller: attempt.caller,
    burnableFromMs: (token.iat - clockToleranceSeconds) * 1000,
    // The ledger is asked about an expired token too. Only its clock decides, which may have been set since the last
    // reply; and an attempt that burned the token in time gets its answer.
    burnableUntilMs: (token.exp + clockToleranceSeconds) * 1000,
    note: witness.note(aboutToken(token), attempt.id),
    ...how,
  });
}

/** The use that the ledger gave, or its refusal. Throws if the ledger could not judge. */
function useOf(answer: BurnAnswer, { jti }: VerifiedToken, { secret }: Attempt): TakenUse | MatchstickError {
  switch (answer.outcome) {
    case 'burned':
    case 'held':
      return { redemptionId: formatRedemptionId(jti, secret), use: answer };
    case 'released':
      return refuse(
        'request_invalid',
        'This attempt gave the token back. Use a new Idempotency-Key for a new attempt.',
      );
    case 'already-burned': {
      const { redeemedAtMs } = answer;
      return refuse('token_burned', 'The token was redeemed before, by another attempt.', { redeemedAtMs });
    }
    case 'held-by-another': {
      const { heldUntilMs } = answer;
      return refuse('token_held', 'Another attempt holds the token and may still give it back.', {
        heldUntilMs,
      });
    }
    case 'revoked':
    case 'superseded':
      return refuseEnded(answer.outcome);
    case 'expired':
      return refuse('token_expired', 'The token has expired.');
    case 'proof-used':
      return refuse('binding_mismatch', 'The DPoP proof is refused: it was shown before.');
    case 'early':
      throw clockIsBehind(answer.byMs);
    case 'void':
      return refuseVoid();
  }
}
