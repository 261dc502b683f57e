import { z } from 'zod';
import type { Capabilities } from '../../burn/capabilities.ts';
import { MAX_HOLD_SECONDS } from '../../burn/ledger.ts';
import { redeem } from '../../burn/redeem.ts';
import { callersAttempt } from '../callers-attempt.ts';
import { refusalProblem } from '../refusal.ts';
import { route } from '../route.ts';
import { audience, purposeName, requestFacts, sessionId, token } from './fields.ts';
import { idempotencyKey, redeemedBody, redeemedReply } from './redemption-schema.ts';

const redeemBody = z.strictObject({
  token,
  purpose: purposeName,
  audience: audience.optional(),
  proof: z
    .strictObject({
      session: sessionId.optional(),
      dpop: z.string().min(1).max(8192).optional().describe('The DPoP header that was received (RFC 9449).'),
      request: requestFacts.optional().describe('The call that was received.'),
    })
    .optional()
    .describe('What is shown for a token that is bound.'),
  hold: z
    .int()
    .min(1)
    .max(MAX_HOLD_SECONDS)
    .optional()
    .describe('Seconds to hold the use instead of burning it: commit or release it, or it is burned then.'),
});

export function redeemRoute(capabilities: Capabilities) {
  return route({
    method: 'POST',
    path: '/v1/redemptions',
    summary: 'Redeem a token: verify it, burn it, get what it grants',
    headers: z.object({ 'idempotency-key': idempotencyKey.optional() }),
    body: redeemBody,
    replies: { 200: { description: 'Redeemed, by this attempt', body: redeemedBody } },
    problems: [
      ...(['token_invalid', 'token_expired', 'token_burned', 'token_held', 'token_revoked'] as const),
      ...([
        'token_superseded',
        'token_void',
        'purpose_mismatch',
        'audience_mismatch',
        'binding_mismatch',
        'ledger_unavailable',
      ] as const),
    ],
  }).forCallers(
    { doing: 'redeem tokens of this purpose', may: (caller, { body }) => caller.redeem.has(body.purpose) },
    async ({ body: { hold, ...request }, headers }, caller) => {
      const attempt = callersAttempt(caller, headers['idempotency-key'], capabilities);
      const result = await redeem({ ...request, holdSeconds: hold }, attempt, capabilities);
      return result.refused ? refusalProblem(result) : { status: 200, body: redeemedReply(result) };
    },
  );
}
