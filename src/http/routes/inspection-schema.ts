import { z } from 'zod';
import type { Inspection } from '../../burn/inspect.ts';
import type { Caller } from '../caller.ts';
import { audience, jti, purposeName, subject, timestamp, timestampOf } from './fields.ts';

export const inspectionBody = z.strictObject({
  active: z.boolean().describe('Whether it could be redeemed now.'),
  state: z.enum(['live', 'held', 'burned', 'expired', 'revoked', 'superseded', 'void', 'invalid']),
  reason: z.string().optional().describe('Of an invalid token: why.'),
  jti: jti.optional(),
  purpose: purposeName.optional(),
  subject: subject.optional(),
  audience: audience.optional(),
  issuedAt: timestamp.optional(),
  expiresAt: timestamp.optional(),
  usesLeft: z.int().min(0).optional().describe('Of a live token.'),
  heldUntil: timestamp.optional().describe('Of a held one: when it is burned by itself.'),
  redeemedAt: timestamp.optional(),
  redeemedBy: z.string().optional().describe('The caller that redeemed it.'),
});

export const mayInspect = {
  doing: 'inspect tokens',
  may: (caller: Caller) => caller.inspect,
};

/** `jti` is the one asked for, or that of the token. */
export function inspectionReply(inspection: Inspection, askedJti?: string): z.input<typeof inspectionBody> {
  if (inspection.state === 'invalid') return { active: false, state: 'invalid', reason: inspection.reason };
  const { state, id, token } = inspection;
  return {
    active: state === 'live',
    state,
    jti: token?.jti ?? askedJti,
    purpose: token?.purpose,
    subject: token?.sub,
    audience: token?.aud,
    issuedAt: timestampOf(id.issuedAt * 1000),
    expiresAt: timestampOf(id.expiresAt * 1000),
    ...(state === 'live' ? { usesLeft: inspection.usesLeft } : {}),
    ...(state === 'held' ? { heldUntil: timestampOf(inspection.heldUntilMs) } : {}),
    ...(state === 'burned'
      ? { redeemedAt: timestampOf(inspection.redeemedAtMs), redeemedBy: inspection.redeemedBy }
      : {}),
  };
}
