import { z } from 'zod';
import type { Redeemed } from '../../burn/grant.ts';
import type { Opening } from '../../burn/opening.ts';
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

export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
  .describe('Names the attempt. The same caller asking again with the same key gets the same answer.');

export const openingBody = z.strictObject({
  url: z.string().describe('May be used any number of times until it expires.'),
  method: z.enum(['GET', 'PUT', 'POST']),
  headers: z.record(z.string(), z.string()).optional().describe('To be sent exactly so.'),
  fields: z.record(z.string(), z.string()).optional().describe('Form fields, to be sent before the file.'),
  expiresAt: timestamp,
});

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
  claims: granted,
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
    claims: granted,
    redeemedAt: timestampOf(use.atMs),
    ...(use.outcome === 'held' ? { heldUntil: timestampOf(use.heldUntilMs) } : {}),
    usesLeft: use.usesLeft,
    ...(opening ? { opens: openingReply(opening) } : {}),
  };
}

export function openingReply({ expiresAtMs, ...request }: Opening): z.input<typeof openingBody> {
  return { ...request, expiresAt: timestampOf(expiresAtMs) };
}
