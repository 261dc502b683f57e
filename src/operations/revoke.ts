import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import { revokeJti, revokeSubject, revokeToken } from '../burn/revoke.ts';
import { purposeName, subject, token } from './fields.ts';
import { operation } from './operation.ts';
import { unknownPurpose } from './unknown-name.ts';

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

export const revokeOperation = (deployment: Deployment) =>
  operation({
    doing: 'revoke tokens',
    may: (caller) => caller.revoke,
    run: async ({ token: text, jti, subject: about, purpose }: z.output<typeof revokeBody>) => {
      const unknown = purpose === undefined ? undefined : unknownPurpose(purpose, deployment.purposes);
      if (unknown) return unknown;
      if (about !== undefined) return revokeSubject(about, purpose, deployment);
      return text === undefined ? revokeJti(jti ?? '', deployment) : revokeToken(text, deployment);
    },
  });
