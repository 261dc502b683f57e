import { z } from 'zod';
import type { Capabilities } from '../../burn/capabilities.ts';
import { collect } from '../../burn/collect.ts';
import { callersAttempt } from '../callers-attempt.ts';
import { refusalProblem } from '../refusal.ts';
import { route } from '../route.ts';
import { idempotencyKey, redeemedBody, redeemedReply } from './redemption-schema.ts';

export function collectRoute(capabilities: Capabilities) {
  return route({
    method: 'GET',
    path: '/v1/redemptions/:id',
    summary: "Collect a visitor's redemption: what the token grants, once",
    params: z.object({ id: z.string() }),
    headers: z.object({ 'idempotency-key': idempotencyKey.optional() }),
    changesState: true,
    replies: { 200: { description: 'What redeeming would have answered', body: redeemedBody } },
    problems: ['not_found', 'token_invalid', 'token_burned', 'token_void', 'ledger_unavailable'],
  }).forCallers(
    { doing: 'redeem tokens', may: (caller) => caller.redeem.size > 0 },
    async ({ params, headers }, caller) => {
      const attempt = callersAttempt(caller, headers['idempotency-key'], capabilities);
      const mayRedeem = (purpose: string) => caller.redeem.has(purpose);
      const result = await collect(params.id, attempt, mayRedeem, capabilities);
      return result.refused ? refusalProblem(result) : { status: 200, body: redeemedReply(result) };
    },
  );
}
