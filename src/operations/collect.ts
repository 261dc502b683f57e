import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import type { Objection } from '../burn/verify-now.ts';
import type { Caller } from '../callers/caller.ts';
import { MatchstickError } from '../errors.ts';
import { collect } from '../links/collect.ts';
import { attemptName, callersAttempt } from './attempt.ts';
import { redemptionId } from './fields.ts';
import { operation } from './operation.ts';

export const collectInput = z.strictObject({ redemptionId, attempt: attemptName.optional() });

/** Whether the caller may redeem tokens of this very purpose is known only when the token is found. */
export const collectOperation = (deployment: Deployment) =>
  operation(deployment, {
    doing: 'redeem tokens',
    may: (caller) => caller.redeem.size > 0,
    run: ({ redemptionId: id, attempt }: z.output<typeof collectInput>, caller, here) =>
      collect(id, callersAttempt(caller.name, attempt, here), objectionTo(caller), here),
  });

function objectionTo({ name, redeem, audiences }: Caller): Objection {
  return ({ purpose, aud }) => {
    if (!redeem.has(purpose)) {
      return new MatchstickError(
        'caller_forbidden',
        `The caller ${name} may not redeem tokens of this purpose.`,
      );
    }
    if (!audiences || audiences.has(aud)) return undefined;
    const detail = `The caller ${name} may collect only redemptions of tokens for ${[...audiences].join(', ')}.`;
    return new MatchstickError('audience_mismatch', detail);
  };
}
