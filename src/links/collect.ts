import type { Attempt } from '../burn/attempt.ts';
import type { Deployment } from '../burn/deployment.ts';
import { type Redeemed, readyGrant } from '../burn/grant.ts';
import { parseRedemptionId, type RedemptionId } from '../burn/redemption-id.ts';
import { type Refusal, refuse, refuseInvalid, refuseVoid } from '../burn/refusal.ts';
import { verifyNow } from '../burn/verify-now.ts';
import { type CollectAnswer, REMEMBERED_SECONDS } from '../ledger/burn-ledger.ts';
import { depositName, openText, sealText } from './sealed-deposit.ts';

/** Who redeems what a visitor opens. No caller can have this name. */
export const VISITOR = '(visitor)';

/**
 * Leaves a visitor's redemption for the application, which is told its id. It waits until ten minutes after
 * the token's expiry. Resolves to false when the token's epoch has ended meanwhile.
 */
export async function leaveRedemption(
  { redemptionId, token }: Redeemed,
  tokenText: string,
  { deposits }: Deployment,
): Promise<boolean> {
  const { shard, epoch, expiresAt } = token.id;
  return deposits.put({
    shard,
    epoch,
    name: depositName(redemptionId),
    contents: await sealText(tokenText, redemptionId),
    untilMs: (expiresAt + REMEMBERED_SECONDS) * 1000,
  });
}

/**
 * Collects a visitor's redemption: the answer that redeeming would have given, once. Asked again by the
 * same attempt it answers the same. Throws `ledger_unavailable`; then only the same attempt may ask again.
 */
export async function collect(
  redemptionId: string,
  attempt: Attempt,
  mayRedeem: (purpose: string) => boolean,
  deployment: Deployment,
): Promise<Redeemed | Refusal> {
  const { ledger, retried } = deployment;
  const redemption = parseRedemptionId(redemptionId);
  const text = redemption && (await findToken(redemptionId, redemption, deployment));
  if (!redemption || text === undefined) return refuse('not_found', UNKNOWN);
  const verified = await verifyNow(text, deployment);
  if (!verified.genuine) return refuseInvalid(verified.reason);
  const { token } = verified;
  if (!mayRedeem(token.purpose)) {
    return refuse('caller_forbidden', 'The caller may not redeem tokens of this purpose.');
  }
  const grant = await readyGrant(token, deployment);
  if (typeof grant !== 'function') return grant;
  // An attempt without a name that is left without an answer is taken up by the next one, as in redeeming.
  const kept = attempt.named ? undefined : retried.take(redemptionId, attempt.caller);
  const collector = kept ?? attempt.id;
  try {
    const { id, attempt: redeemer } = redemption;
    const answer = await ledger.collect({ id, attempt: redeemer, caller: VISITOR, collector });
    if (answer.outcome !== 'collected') return refusalOf(answer);
    const use = { ...answer, outcome: 'burned', repeated: true } as const;
    return await grant({ refused: false, redemptionId, token, use });
  } catch (error) {
    if (!attempt.named) retried.leave(redemptionId, attempt.caller, collector);
    throw error;
  }
}

function refusalOf(answer: Exclude<CollectAnswer, { outcome: 'collected' }>): Refusal {
  switch (answer.outcome) {
    case 'collected-by-another':
      return refuse('token_burned', 'The redemption was collected before, by another attempt.', {
        redeemedAtMs: answer.collectedAtMs,
      });
    case 'unknown':
      return refuse('not_found', UNKNOWN);
    case 'void':
      return refuseVoid();
  }
}

const UNKNOWN = 'No redemption of this id waits here.';

async function findToken(
  redemptionId: string,
  { id }: RedemptionId,
  { deposits }: Deployment,
): Promise<string | undefined> {
  const found = await deposits.find({ shard: id.shard, name: depositName(redemptionId) });
  return found && openText(found.contents, redemptionId);
}
