import { z } from 'zod';
import { redemption } from '../../contract/replies.ts';
import type { Operations } from '../../operations/all.ts';
import { attemptName } from '../../operations/attempt.ts';
import { reply, route } from '../route.ts';

export function collectRoute({ collect }: Operations) {
  return route({
    operationId: 'collect',
    method: 'POST',
    path: '/v1/redemptions/:id/collect',
    summary: "Collect a visitor's redemption: what the token grants, once",
    params: z.object({ id: z.string() }),
    headers: z.object({ 'idempotency-key': attemptName.optional() }),
    replies: { 200: { description: 'What redeeming would have answered', body: redemption } },
    problems: [
      'not_found',
      'token_invalid',
      'token_burned',
      'token_revoked',
      'token_superseded',
      'token_void',
      'audience_mismatch',
      'ledger_unavailable',
    ],
  }).forCallers(async ({ params: { id }, headers, occasion }, caller) => {
    const input = { redemptionId: id, attempt: headers['idempotency-key'] };
    return reply(200, await collect.perform(input, caller, occasion));
  });
}
