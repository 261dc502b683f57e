import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import { revokeJti, revokeToken } from '../burn/revoke.ts';
import type { Revoked } from '../contract/matchstick.ts';
import type { MatchstickError } from '../errors.ts';
import type { Reach } from '../ledger/burn-ledger.ts';
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
  revoked: z.literal(true).describe('It can no longer be redeemed in the memory that the epoch names.'),
  state: z.enum(['revoked', 'burned', 'expired', 'superseded', 'void']),
  epoch: z.string().describe("The memory that recorded this: the ledger's living epoch."),
  elsewhere: z
    .literal(true)
    .optional()
    .describe('There when tokens that were named may be of another memory than the one that answered.'),
  warning: z.string().optional().describe('With elsewhere: what that means.'),
  jti: jti.optional(),
  subject: subject.optional(),
  purpose: purposeName.optional(),
  redeemedAt: timestamp.optional().describe('Of a token that was burned before.'),
});

/** This version always names the epoch. */
type RevokedNow = Revoked & { readonly epoch: string };

export async function revokeOne(
  named: z.output<typeof revokeBody>,
  deployment: Deployment,
): Promise<RevokedNow | MatchstickError> {
  const { subject: about, purpose } = named;
  if (about !== undefined) {
    const reach = await deployment.ledger.revokeSubject(about, purpose);
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
      ? await revokeJti(named.jti ?? '', deployment)
      : await revokeToken(named.token, deployment);
  if (result.refused) return refusalError(result);
  const { answer, jti: revoked } = result;
  const common = { revoked: true, ...told(answer), jti: revoked } as const;
  if (answer.outcome !== 'already-burned') return { ...common, state: answer.outcome };
  return { ...common, state: 'burned', redeemedAt: timestampOf(answer.redeemedAtMs) };
}

function told({ epoch, elsewhere }: Reach): Pick<RevokedNow, 'epoch' | 'elsewhere' | 'warning'> {
  return { epoch, ...(elsewhere ? { elsewhere, warning: ELSEWHERE } : {}) };
}

const ELSEWHERE =
  "Tokens of an earlier epoch are void here: the ledger's memory was replaced, or is not the one that minted them. A Redis server that is cut off from this one may still redeem them, until a service that knows of the change reaches it. If that matters, stop that server.";
