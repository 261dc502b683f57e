import { z } from 'zod';
import { namedAttempt, unnamedAttempt } from '../../burn/attempt.ts';
import type { Capabilities } from '../../burn/capabilities.ts';
import { redeem } from '../../burn/redeem.ts';
import { MatchstickError } from '../../errors.ts';
import { route } from '../route.ts';
import { audience, claims, jti, purposeName, subject, timestamp, timestampOf, token } from './fields.ts';

const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
  .describe('Names the attempt. The same caller asking again with the same key gets the same answer.');

const redeemedBody = z.strictObject({
  redemptionId: z.string(),
  state: z.literal('burned'),
  jti,
  purpose: purposeName,
  subject,
  audience,
  claims,
  redeemedAt: timestamp,
  usesLeft: z.int().min(0),
});

export function redeemRoute(capabilities: Capabilities) {
  return route({
    method: 'POST',
    path: '/v1/redemptions',
    summary: 'Redeem a token: verify it, burn it, get what it grants',
    headers: z.object({ 'idempotency-key': idempotencyKey.optional() }),
    body: z.strictObject({ token, purpose: purposeName, audience: audience.optional() }),
    replies: { 200: { description: 'Redeemed, by this attempt and no other', body: redeemedBody } },
    problems: [
      'token_invalid',
      'token_expired',
      'token_burned',
      'token_void',
      'purpose_mismatch',
      'audience_mismatch',
      'ledger_unavailable',
    ],
  }).forCallers(
    { doing: 'redeem tokens of this purpose', may: (caller, { body }) => caller.redeem.has(body.purpose) },
    async ({ body, headers }, caller) => {
      const key = headers['idempotency-key'];
      const attempt =
        key === undefined
          ? unnamedAttempt(caller.name, capabilities.randomBytes)
          : namedAttempt(caller.name, key);
      const result = await redeem(body, attempt, capabilities);
      if (!result.redeemed) {
        const { code, detail, redeemedAtMs } = result;
        return new MatchstickError(
          code,
          detail,
          redeemedAtMs === undefined ? {} : { redeemedAt: timestampOf(redeemedAtMs) },
        );
      }
      const { token: redeemed, redemptionId, redeemedAtMs } = result;
      return {
        status: 200,
        body: {
          redemptionId,
          state: 'burned',
          jti: redeemed.jti,
          purpose: redeemed.purpose,
          subject: redeemed.sub,
          audience: redeemed.aud,
          claims: redeemed.claims ?? {},
          redeemedAt: timestampOf(redeemedAtMs),
          usesLeft: 0,
        },
      };
    },
  );
}
