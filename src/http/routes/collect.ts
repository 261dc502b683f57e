import { z } from 'zod';
import type { Deployment } from '../../burn/deployment.ts';
import { attemptName, callersAttempt } from '../../operations/attempt.ts';
import { collectAs } from '../../operations/collect.ts';
import { redeemedBody } from '../../operations/redemption.ts';
import { reply, route } from '../route.ts';

export function collectRoute(deployment: Deployment) {
  return route({
    method: 'GET',
    path: '/v1/redemptions/:id',
    summary: "Collect a visitor's redemption: what the token grants, once",
    params: z.object({ id: z.string() }),
    headers: z.object({ 'idempotency-key': attemptName.optional() }),
    changesState: true,
    replies: { 200: { description: 'What redeeming would have answered', body: redeemedBody } },
    problems: ['not_found', 'token_invalid', 'token_burned', 'token_void', 'ledger_unavailable'],
  }).forCallers(
    { doing: 'redeem tokens', may: (caller) => caller.redeem.size > 0 },
    async ({ params, headers }, caller) => {
      const attempt = callersAttempt(caller.name, headers['idempotency-key'], deployment);
      const mayRedeem = (purpose: string) => caller.redeem.has(purpose);
      return reply(200, await collectAs(attempt, params.id, mayRedeem, deployment));
    },
  );
}
