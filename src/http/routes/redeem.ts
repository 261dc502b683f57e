import { z } from 'zod';
import { namedAttempt, unnamedAttempt } from '../../burn/attempt.ts';
import type { Capabilities } from '../../burn/capabilities.ts';
import { MAX_HOLD_SECONDS } from '../../burn/ledger.ts';
import { type Redeemed, redeem } from '../../burn/redeem.ts';
import { refusalProblem } from '../refusal.ts';
import { route } from '../route.ts';
import {
  audience,
  claims,
  jti,
  purposeName,
  redemptionId,
  subject,
  timestamp,
  timestampOf,
  token,
} from './fields.ts';

const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
  .describe('Names the attempt. The same caller asking again with the same key gets the same answer.');

const redeemBody = z.strictObject({
  token,
  purpose: purposeName,
  audience: audience.optional(),
  hold: z
    .int()
    .min(1)
    .max(MAX_HOLD_SECONDS)
    .optional()
    .describe('Seconds to hold the use instead of burning it: commit or release it, or it is burned then.'),
});

const redeemedBody = z.strictObject({
  redemptionId,
  state: z.enum(['burned', 'held']),
  jti,
  purpose: purposeName,
  subject,
  audience,
  claims,
  redeemedAt: timestamp,
  heldUntil: timestamp.optional().describe('Of a hold: when it becomes burned by itself.'),
  usesLeft: z.int().min(0),
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
        'ledger_unavailable',
      ] as const),
    ],
  }).forCallers(
    { doing: 'redeem tokens of this purpose', may: (caller, { body }) => caller.redeem.has(body.purpose) },
    async ({ body: { hold, ...request }, headers }, caller) => {
      const key = headers['idempotency-key'];
      const attempt =
        key === undefined
          ? unnamedAttempt(caller.name, capabilities.randomBytes)
          : namedAttempt(caller.name, key);
      const result = await redeem({ ...request, holdSeconds: hold }, attempt, capabilities);
      return result.refused ? refusalProblem(result) : { status: 200, body: redeemedReply(result) };
    },
  );
}

function redeemedReply({ token: redeemed, redemptionId: id, use }: Redeemed): z.input<typeof redeemedBody> {
  return {
    redemptionId: id,
    state: use.outcome,
    jti: redeemed.jti,
    purpose: redeemed.purpose,
    subject: redeemed.sub,
    audience: redeemed.aud,
    claims: redeemed.claims ?? {},
    redeemedAt: timestampOf(use.atMs),
    ...(use.outcome === 'held' ? { heldUntil: timestampOf(use.heldUntilMs) } : {}),
    usesLeft: use.usesLeft,
  };
}
