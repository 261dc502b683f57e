import { z } from 'zod';
import type { Redeemed } from '../burn/grant.ts';
import type { Redemption } from '../contract/matchstick.ts';
import type { JsonObject } from '../token/json-value.ts';
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
import { openingAnswer, openingBody } from './opening.ts';

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

export function redeemedAnswer({
  token: redeemed,
  claims: granted,
  redemptionId: id,
  use,
  opening,
}: Redeemed): Redemption<JsonObject> {
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
    ...(opening ? { opens: openingAnswer(opening) } : {}),
  };
}
