import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import { settle } from '../burn/settle.ts';
import type { Settled } from '../contract/matchstick.ts';
import type { MatchstickError } from '../errors.ts';
import { jti, redemptionId, timestamp, timestampOf } from './fields.ts';
import { refusalError } from './refusal.ts';

export const settledBody = z.strictObject({
  redemptionId,
  state: z.enum(['burned', 'released']),
  jti,
  redeemedAt: timestamp.optional().describe('When it was burned.'),
  releasedAt: timestamp.optional().describe('When it was given back.'),
});

export async function settleAs(
  caller: string,
  id: string,
  how: 'commit' | 'release',
  deployment: Deployment,
): Promise<Settled | MatchstickError> {
  const result = await settle(id, caller, how, deployment);
  if (result.refused) return refusalError(result);
  const { state, jti: settled, use } = result;
  const at = timestampOf(use.atMs);
  const when = state === 'burned' ? { redeemedAt: at } : { releasedAt: at };
  return { redemptionId: id, state, jti: settled, ...when };
}
