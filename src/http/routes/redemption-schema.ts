import { z } from 'zod';
import type { Redeemed } from '../../burn/redeem.ts';
import {
  audience,
  claims,
  jti,
  purposeName,
  redemptionId,
  subject,
  timestamp,
  timestampOf,
} from './fields.ts';
import { openingBody, openingReply } from './opening-schema.ts';

export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
  .describe('Names the attempt. The same caller asking again with the same key gets the same answer.');

export const redeemedBody = z.strictObject({
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
  opens: openingBody.optional().describe('Of a purpose that opens something: the request to make.'),
});

export function redeemedReply({
  token: redeemed,
  redemptionId: id,
  use,
  opening,
}: Redeemed): z.input<typeof redeemedBody> {
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
    ...(opening ? { opens: openingReply(opening) } : {}),
  };
}
