import { z } from 'zod';
import type { Revoked } from '../api/matchstick.ts';
import type { Capabilities } from '../burn/capabilities.ts';
import { revokeJti, revokeToken } from '../burn/revoke.ts';
import type { MatchstickError } from '../errors.ts';
import { jti, purposeName, subject, timestamp, timestampOf, token } from './fields.ts';
import { refusalError } from './refusal.ts';

export const revokeBody = z
  .strictObject({
    token: token.optional(),
    jti: z.string().min(1).optional(),
    subject: subject.optional(),
    purpose: purposeName.optional().describe('With a subject: only its tokens of this purpose.'),
  })
  .refine(
    (body) => [body.token, body.jti, body.subject].filter((named) => named !== undefined).length === 1,
    'name exactly one of token, jti and subject',
  )
  .refine((body) => body.purpose === undefined || body.subject !== undefined, {
    path: ['purpose'],
    error: 'goes with a subject',
  });

export const revokedBody = z.strictObject({
  revoked: z.literal(true).describe('It can no longer be redeemed.'),
  state: z.enum(['revoked', 'burned', 'expired', 'superseded', 'void']),
  jti: jti.optional(),
  subject: subject.optional(),
  purpose: purposeName.optional(),
  redeemedAt: timestamp.optional().describe('Of a token that was burned before.'),
});

export async function revokeOne(
  named: z.output<typeof revokeBody>,
  capabilities: Capabilities,
): Promise<Revoked | MatchstickError> {
  const { subject: about, purpose } = named;
  if (about !== undefined) {
    await capabilities.ledger.revokeSubject(about, purpose);
    return {
      revoked: true,
      state: 'revoked',
      subject: about,
      ...(purpose === undefined ? {} : { purpose }),
    };
  }
  const result =
    named.token === undefined
      ? await revokeJti(named.jti ?? '', capabilities)
      : await revokeToken(named.token, capabilities);
  if (result.refused) return refusalError(result);
  const { answer, jti: revoked } = result;
  if (answer.outcome !== 'already-burned') return { revoked: true, state: answer.outcome, jti: revoked };
  return { revoked: true, state: 'burned', jti: revoked, redeemedAt: timestampOf(answer.redeemedAtMs) };
}
