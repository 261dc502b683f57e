import { z } from 'zod';
import type { Deployment } from '../../burn/deployment.ts';
import { attemptName, callersAttempt } from '../../operations/attempt.ts';
import { redeemAs, redeemBody } from '../../operations/redeem.ts';
import { redeemedBody } from '../../operations/redemption.ts';
import { reply, route } from '../route.ts';

export function redeemRoute(deployment: Deployment) {
  return route({
    method: 'POST',
    path: '/v1/redemptions',
    summary: 'Redeem a token: verify it, burn it, get what it grants',
    headers: z.object({ 'idempotency-key': attemptName.optional() }),
    body: redeemBody,
    replies: { 200: { description: 'Redeemed, by this attempt', body: redeemedBody } },
    problems: [
      'token_invalid',
      'token_expired',
      'token_burned',
      'token_held',
      'token_revoked',
      'token_superseded',
      'token_void',
      'purpose_mismatch',
      'audience_mismatch',
      'binding_mismatch',
      'ledger_unavailable',
    ],
  }).forCallers(
    { doing: 'redeem tokens of this purpose', may: (caller, { body }) => caller.redeem.has(body.purpose) },
    async ({ body, headers }, { name }) => {
      const attempt = callersAttempt(name, headers['idempotency-key'], deployment);
      return reply(200, await redeemAs(attempt, body, deployment));
    },
  );
}
