import type { Deployment } from '../burn/deployment.ts';
import { inspectJti, inspectToken } from '../burn/inspect.ts';
import { revokeJti, revokeSubject } from '../burn/revoke.ts';
import type { Caller } from '../callers/caller.ts';
import { MatchstickError } from '../errors.ts';
import { findLink } from '../links/link.ts';
import { operation } from './operation.ts';

/** How somebody at the desk names a token: by what a person has in their hands. */
export type NamedToken =
  | { readonly jti: string }
  | { readonly token: string }
  /** Of a link. */
  | { readonly reference: string };

/** What an operator revokes. */
export type NamedForRevoking = { readonly jti: string } | { readonly subject: string };

/** The state of a token, for an operator. Never burns. `not_found` for what names none. */
export const lookUpOperation = (deployment: Deployment) =>
  operation(deployment, {
    as: 'operator',
    doing: 'look tokens up: that is for operators',
    may: (caller) => caller.operator !== undefined,
    run: async (named: NamedToken, _caller, here) => {
      if ('jti' in named) return inspectJti(named.jti, here);
      const text = 'token' in named ? named.token : (await findLink(named.reference, here))?.token;
      if (text === undefined) return new MatchstickError('not_found', 'There is no such link.');
      return inspectToken(text, () => undefined, here);
    },
  });

/** Revokes for an operator who manages, whatever the purpose. */
export const revokeAsOperatorOperation = (deployment: Deployment) =>
  operation(deployment, {
    as: 'operator',
    doing: 'revoke at the console: that is for operators who manage',
    may: (caller: Caller) => caller.operator === 'manage',
    run: (named: NamedForRevoking, _caller, here) =>
      'jti' in named ? revokeJti(named.jti, here) : revokeSubject(named.subject, undefined, here),
  });
