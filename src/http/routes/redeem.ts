import { z } from 'zod';
import { redemption } from '../../contract/replies.ts';
import type { Operations } from '../../operations/all.ts';
import { attemptName } from '../../operations/attempt.ts';
import { redeemBody } from '../../operations/redeem.ts';
import { reply, route } from '../route.ts';

export function redeemRoute({ redeem }: Operations) {
  return route({
    operationId: 'redeem',
    method: 'POST',
    path: '/v1/redemptions',
    summary: 'Redeem a token: verify it, burn it, and get what it grants',
    headers: z.object({ 'idempotency-key': attemptName.optional() }),
    body: redeemBody,
    replies: { 200: { description: 'Redeemed, by this attempt', body: redemption } },
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
  }).forCallers(async ({ body, headers, occasion }, caller) =>
    reply(200, await redeem.perform({ attempt: headers['idempotency-key'], ...body }, caller, occasion)),
  );
}
