import { z } from 'zod';
import type { Capabilities } from '../../burn/capabilities.ts';
import { revokeJti, revokeToken } from '../../burn/revoke.ts';
import { refusalProblem } from '../refusal.ts';
import { route } from '../route.ts';
import { jti, purposeName, subject, timestamp, timestampOf, token } from './fields.ts';

const revokeBody = z
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

const revokedBody = z.strictObject({
  revoked: z.literal(true).describe('It can no longer be redeemed.'),
  state: z.enum(['revoked', 'burned', 'expired', 'superseded', 'void']),
  jti: jti.optional(),
  subject: subject.optional(),
  purpose: purposeName.optional(),
  redeemedAt: timestamp.optional().describe('Of a token that was burned before.'),
});

export function revokeRoute(capabilities: Capabilities) {
  return route({
    method: 'POST',
    path: '/v1/revocations',
    summary: 'Revoke a token, or all tokens of a subject',
    body: revokeBody,
    replies: { 200: { description: 'Nothing that was named can be redeemed any more', body: revokedBody } },
    problems: ['token_invalid', 'not_found', 'ledger_unavailable'],
  }).forCallers({ doing: 'revoke tokens', may: (caller) => caller.revoke }, async ({ body }) => {
    if (body.subject !== undefined) {
      await capabilities.ledger.revokeSubject(body.subject, body.purpose);
      return {
        status: 200,
        body: { revoked: true, state: 'revoked', subject: body.subject, purpose: body.purpose },
      };
    }
    const result =
      body.token === undefined
        ? await revokeJti(body.jti ?? '', capabilities)
        : await revokeToken(body.token, capabilities);
    if (result.refused) return refusalProblem(result);
    const { answer } = result;
    if (answer.outcome === 'already-burned') {
      const redeemedAt = timestampOf(answer.redeemedAtMs);
      return { status: 200, body: { revoked: true, state: 'burned', jti: result.jti, redeemedAt } };
    }
    return { status: 200, body: { revoked: true, state: answer.outcome, jti: result.jti } };
  });
}
