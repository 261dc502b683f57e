import type { Settled } from '../contract/replies.ts';
import { timestampOf } from '../contract/timestamp.ts';
import type { MatchstickError } from '../errors.ts';
import type { Deployment } from './deployment.ts';
import { parseRedemptionId, type RedemptionId } from './redemption-id.ts';
import { refuse, refuseEnded, refuseVoid } from './refusal.ts';
import { tellingRefusals, tellRefused } from './refused.ts';

/**
 * Ends a hold of this caller: `commit` burns the use for good, `release` gives it back. If you ask again, you get
 * the same answer. A hold past its deadline is burned: committing it succeeds, releasing it is too late. A hold of a
 * token that was revoked or superseded is not committed.
 */
export async function settle(
  redemptionId: string,
  caller: string,
  how: 'commit' | 'release',
  { ledger, witness }: Deployment,
): Promise<Settled | MatchstickError> {
  const redemption = parseRedemptionId(redemptionId);
  if (!redemption || !(await ledger.mayHaveMinted(redemption.id))) {
    const refusal = refuse('not_found', UNKNOWN);
    tellRefused(witness, refusal, {});
    return refusal;
  }
  const { jti, attempt } = redemption;
  const of = { about: { jti }, attempt, isOwnUse: true } as const;
  return tellingRefusals(witness, of, () =>
    endHold(redemption, caller, how, { redemptionId, ledger, witness }),
  );
}

async function endHold(
  { id, jti, attempt }: RedemptionId,
  caller: string,
  how: 'commit' | 'release',
  {
    redemptionId,
    ledger,
    witness,
  }: Pick<Deployment, 'ledger' | 'witness'> & { readonly redemptionId: string },
): Promise<Settled | MatchstickError> {
  const answer = await ledger.settle({ id, attempt, caller, note: witness.note({ jti }, attempt) }, how);
  switch (answer.outcome) {
    case 'burned':
      if (how === 'commit')
        return { redemptionId, state: 'burned', jti, redeemedAt: timestampOf(answer.atMs) };
      return refuse('token_burned', 'The redemption is burned and cannot be given back.', {
        redeemedAtMs: answer.atMs,
      });
    case 'released':
      if (how === 'release') {
        return { redemptionId, state: 'released', jti, releasedAt: timestampOf(answer.atMs) };
      }
      return refuse('request_invalid', 'The redemption was given back and cannot be committed.');
    case 'revoked':
    case 'superseded':
      return refuseEnded(answer.outcome);
    case 'unknown':
      return refuse('not_found', UNKNOWN);
    case 'void':
      return refuseVoid();
  }
}

const UNKNOWN = 'The ledger remembers no such redemption of this caller.';
