import { type Attempt, VISITOR } from '../burn/attempt.ts';
import type { Deployment } from '../burn/deployment.ts';
import { prepareGrant, type TakenUse } from '../burn/grant.ts';
import { refuse, refuseEnded, refuseVoid } from '../burn/refusal.ts';
import { aboutToken, tellingRefusals, tellRefused } from '../burn/refused.ts';
import { resumeUnnamed } from '../burn/resume-unnamed.ts';
import { type Objection, verifyNow } from '../burn/verify-now.ts';
import type { Redemption } from '../contract/replies.ts';
import { MatchstickError } from '../errors.ts';
import type { CollectAnswer } from '../ledger/burn-ledger.ts';
import type { JsonObject } from '../token/json-value.ts';
import type { VerifiedToken } from '../token/verify.ts';
import { findLink } from './link.ts';
import { parseVisitorRedemption } from './visitor-redemption.ts';

/**
 * Collects what a visitor redeemed: the redemption that redeeming would have answered, once. The same attempt gets
 * the same answer again. It waits until ten minutes after the token's expiry, unless the token is revoked or superseded
 * before. Throws `ledger_unavailable`; then only the same attempt may ask again.
 */
export async function collect(
  redemptionId: string,
  attempt: Attempt,
  objection: Objection,
  deployment: Deployment,
): Promise<Redemption<JsonObject> | MatchstickError> {
  const { ledger, retried } = deployment;
  const named = parseVisitorRedemption(redemptionId);
  const found = named && (await findLink(named.reference, deployment));
  const refused = (refusal: MatchstickError, token?: VerifiedToken) => {
    const about = token && { about: aboutToken(token) };
    tellRefused(deployment.witness, refusal, { ...about, ...(named ? { attempt: named.attempt } : {}) });
    return refusal;
  };
  if (!named || !found) return refused(refuse('not_found', UNKNOWN));
  const genuine = await verifyNow(found.token, deployment);
  if (genuine instanceof MatchstickError) return refused(genuine);
  const { token } = genuine;
  const refusal = objection(token);
  if (refusal) return refused(refusal, token);
  const grant = await prepareGrant(token, deployment);
  if (grant instanceof MatchstickError) return refused(grant, token);
  const of = { about: aboutToken(token), attempt: named.attempt };
  const ask = async (collector: string) => {
    const answer = await ledger.collect({
      id: token.id,
      subject: token.sub,
      purpose: token.purpose,
      kid: token.kid,
      attempt: named.attempt,
      caller: VISITOR,
      collector,
      note: deployment.witness.note(of.about, of.attempt),
    });
    const taken = useOf(answer, redemptionId);
    return taken instanceof MatchstickError ? taken : grant(taken);
  };
  return tellingRefusals(deployment.witness, of, () =>
    attempt.named
      ? ask(attempt.id)
      : resumeUnnamed(`${redemptionId} ${attempt.caller}`, attempt.id, retried, ask),
  );
}

function useOf(answer: CollectAnswer, redemptionId: string): TakenUse | MatchstickError {
  switch (answer.outcome) {
    case 'collected':
      return { redemptionId, use: { ...answer, outcome: 'burned' } };
    case 'collected-by-another':
      return refuse('token_burned', 'The redemption was collected before, by another attempt.', {
        redeemedAtMs: answer.collectedAtMs,
      });
    case 'revoked':
    case 'superseded':
      return refuseEnded(answer.outcome);
    case 'unknown':
      return refuse('not_found', UNKNOWN);
    case 'void':
      return refuseVoid();
  }
}

const UNKNOWN = 'No redemption with this id waits here.';
