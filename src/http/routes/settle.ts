import { z } from 'zod';
import type { Capabilities } from '../../burn/capabilities.ts';
import { settle } from '../../burn/settle.ts';
import { refusalProblem } from '../refusal.ts';
import { route } from '../route.ts';
import { jti, redemptionId, timestamp, timestampOf } from './fields.ts';

const settledBody = z.strictObject({
  redemptionId,
  state: z.enum(['burned', 'released']),
  jti,
  redeemedAt: timestamp.optional().describe('When it was burned.'),
  releasedAt: timestamp.optional().describe('When it was given back.'),
});

/** `POST /v1/redemptions/:id/commit` and `/release`. */
export function settleRoute(how: 'commit' | 'release', capabilities: Capabilities) {
  return route({
    method: 'POST',
    path: `/v1/redemptions/:id/${how}`,
    summary: how === 'commit' ? 'Burn a held use for good' : 'Give a held use back',
    params: z.object({ id: z.string() }),
    replies: { 200: { description: 'What became of it', body: settledBody } },
    problems: ['not_found', 'token_burned', 'token_void', 'ledger_unavailable'],
  }).forCallers(
    { doing: 'redeem tokens', may: (caller) => caller.redeem.size > 0 },
    async ({ params }, caller) => {
      const result = await settle(params.id, caller.name, how, capabilities);
      if (result.refused) return refusalProblem(result);
      const { state, jti: settledJti, use } = result;
      const at = timestampOf(use.atMs);
      const when = state === 'burned' ? { redeemedAt: at } : { releasedAt: at };
      return { status: 200, body: { redemptionId: params.id, state, jti: settledJti, ...when } };
    },
  );
}
