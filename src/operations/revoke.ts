import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import { revokeJti, revokeSubject, revokeToken } from '../burn/revoke.ts';
import { covers, isScoped, JTI_HINT, outsideScope } from '../callers/scope.ts';
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
  })
  .meta({
    oneOf: [{ required: ['token'] }, { required: ['jti'] }, { required: ['subject'] }],
    dependentRequired: { purpose: ['subject'] },
  });

export const revokeOperation = (deployment: Deployment) =>
  operation(deployment, {
    doing: 'revoke tokens',
    may: (caller) => isScoped(caller.revoke),
    run: async (target: z.output<typeof revokeBody>, caller, here) => {
      const { token: text, jti = '', subject: about, purpose } = target;
      const refuse = (hint?: string) => outsideScope(caller, 'revoke', hint);
      const mayRevoke = (of: string | undefined) => covers(caller.revoke, of);
      if (text !== undefined) {
        return revokeToken(text, (token) => (mayRevoke(token.purpose) ? undefined : refuse()), here);
      }
      if (about !== undefined) {
        if (!mayRevoke(purpose)) {
          return refuse(purpose === undefined ? 'Name one of them as the purpose.' : undefined);
        }
        const unknown =
          purpose === undefined
            ? undefined
            : unknownPurpose(purpose, here.purposes, {
                has: mayRevoke,
              });
        return unknown ?? revokeSubject(about, purpose, here);
      }
      return mayRevoke(undefined) ? revokeJti(jti, here) : refuse(JTI_HINT);
    },
  });
