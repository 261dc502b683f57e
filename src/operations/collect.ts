import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import { collect } from '../links/collect.ts';
import { attemptName, callersAttempt } from './attempt.ts';
import { redemptionId } from './fields.ts';
import { operation } from './operation.ts';

export const collectInput = z.strictObject({ redemptionId, attempt: attemptName.optional() });

/** Whether the caller may redeem tokens of this very purpose is known only when the token is found. */
export const collectOperation = (deployment: Deployment) =>
  operation({
    doing: 'redeem tokens',
    may: (caller) => caller.redeem.size > 0,
    run: ({ redemptionId: id, attempt }: z.output<typeof collectInput>, caller) =>
      collect(
        id,
        callersAttempt(caller.name, attempt, deployment),
        (purpose) => caller.redeem.has(purpose),
        deployment,
      ),
  });
