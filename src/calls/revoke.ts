import { z } from 'zod';
import type { Revoked } from '../api/matchstick.ts';
import type { Capabilities } from '../burn/capabilities.ts';
import type { Reach } from '../burn/ledger.ts';
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
  revoked: z.literal(true).describe('It can no longer be redeemed, as far as the epoch below reaches.'),
  state: z.enum(['revoked', 'burned', 'expired', 'superseded', 'void']),
  epoch: z.string().describe("The epoch of the ledger's memory that answered, and for which this holds."),
  warning: z
    .string()
    .optional()
    .describe('There when the service has seen that another memory may still serve the tokens.'),
  jti: jti.optional(),
  subject: subject.optional(),
  purpose: purposeName.optional(),
  redeemedAt: timestamp.optional().describe('Of a token that was burned before.'),
});

/** This version always names the epoch. */
type RevokedNow = Revoked & { readonly epoch: string };

export async function revokeOne(
  named: z.output<typeof revokeBody>,
  capabilities: Capabilities,
): Promise<RevokedNow | MatchstickError> {
  const { subject: about, purpose } = named;
  if (about !== undefined) {
    const reach = await capabilities.ledger.revokeSubject(about, purpose);
    return {
      revoked: true,
      state: 'revoked',
      ...told(reach),
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
  const common = { revoked: true, ...told(answer), jti: revoked } as const;
  if (answer.outcome !== 'already-burned') return { ...common, state: answer.outcome };
  return { ...common, state: 'burned', redeemedAt: timestampOf(answer.redeemedAtMs) };
}

function told({ epoch, elsewhere }: Reach): Pick<RevokedNow, 'epoch' | 'warning'> {
  return { epoch, ...(elsewhere ? { warning: ELSEWHERE } : {}) };
}

const ELSEWHERE =
  'The ledger has changed its memory since these tokens could be minted, so they are void here. A Redis server that still serves the former memory, cut off from this one, has not heard of the revocation.';
