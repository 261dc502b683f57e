import { z } from 'zod';
import type { Attempt } from '../burn/attempt.ts';
import type { Deployment } from '../burn/deployment.ts';
import { redeem } from '../burn/redeem.ts';
import type { Redemption } from '../contract/matchstick.ts';
import type { MatchstickError } from '../errors.ts';
import { MAX_HOLD_SECONDS } from '../ledger/burn-ledger.ts';
import type { JsonObject } from '../token/json-value.ts';
import { audience, purposeName, requestFacts, sessionId, token } from './fields.ts';
import { redeemedAnswer } from './redemption.ts';
import { refusalError } from './refusal.ts';

export const redeemBody = z.strictObject({
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

export async function redeemAs(
  attempt: Attempt,
  { hold: holdSeconds, ...request }: z.output<typeof redeemBody>,
  deployment: Deployment,
): Promise<Redemption<JsonObject> | MatchstickError> {
  const result = await redeem({ ...request, holdSeconds }, attempt, deployment);
  return result.refused ? refusalError(result) : redeemedAnswer(result);
}
