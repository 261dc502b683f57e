import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import { type Inspection, inspectJti, inspectToken } from '../burn/inspect.ts';
import type { Inspected } from '../contract/matchstick.ts';
import { MatchstickError } from '../errors.ts';
import { audience, jti, purposeName, subject, timestamp, timestampOf, token } from './fields.ts';

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

export const inspectBody = z.strictObject({ token });

export async function inspectByToken(text: string, deployment: Deployment): Promise<Inspected> {
  return inspected(await inspectToken(text, deployment));
}

export async function inspectByJti(
  asked: string,
  deployment: Deployment,
): Promise<Inspected | MatchstickError> {
  const inspection = await inspectJti(asked, deployment);
  if (!inspection) return new MatchstickError('not_found', 'This is not a jti that this service writes.');
  return inspected(inspection, asked);
}

/** `askedJti` is what was shown instead of the token. */
function inspected(inspection: Inspection, askedJti?: string): Inspected {
  if (inspection.state === 'invalid') return { active: false, state: 'invalid', reason: inspection.reason };
  const { state, id, token: shown } = inspection;
  const name = shown?.jti ?? askedJti;
  return {
    active: state === 'live',
    state,
    ...(name === undefined ? {} : { jti: name }),
    ...(shown ? { purpose: shown.purpose, subject: shown.sub, audience: shown.aud } : {}),
    issuedAt: timestampOf(id.issuedAt * 1000),
    expiresAt: timestampOf(id.expiresAt * 1000),
    ...(state === 'live' ? { usesLeft: inspection.usesLeft } : {}),
    ...(state === 'held' ? { heldUntil: timestampOf(inspection.heldUntilMs) } : {}),
    ...(state === 'burned'
      ? { redeemedAt: timestampOf(inspection.redeemedAtMs), redeemedBy: inspection.redeemedBy }
      : {}),
  };
}
