import type { Use } from '../ledger/burn-ledger.ts';
import type { Deployment } from './deployment.ts';
import { parseRedemptionId } from './redemption-id.ts';
import { type Refusal, refuse, refuseVoid } from './refusal.ts';

export interface Settled {
  readonly refused: false;
  readonly jti: string;
  readonly state: 'burned' | 'released';
  readonly use: Use;
}

/**
 * Ends a hold of this caller: `commit` burns the use for good, `release` gives it back. Asked again it
 * answers the same. A hold past its deadline is burned: committing it succeeds, releasing it is too late.
 */
export async function settle(
  redemptionId: string,
  caller: string,
  how: 'commit' | 'release',
  { ledger }: Deployment,
): Promise<Settled | Refusal> {
  const redemption = parseRedemptionId(redemptionId);
  if (!redemption) return refuse('not_found', UNKNOWN);
  const { id, jti, attempt } = redemption;
  const answer = await ledger.settle({ id, attempt, caller }, how);
  switch (answer.outcome) {
    case 'burned':
      if (how === 'commit') return { refused: false, jti, state: 'burned', use: answer };
      return refuse('token_burned', 'The redemption is burned and cannot be given back.', {
        redeemedAtMs: answer.atMs,
      });
    case 'released':
      if (how === 'release') return { refused: false, jti, state: 'released', use: answer };
      return refuse('request_invalid', 'The redemption was given back and cannot be committed.');
    case 'unknown':
      return refuse('not_found', UNKNOWN);
    case 'void':
      return refuseVoid();
  }
}

const UNKNOWN = 'This is not a redemption of this caller that is remembered here.';
