import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import { settle } from '../burn/settle.ts';
import { redemptionId } from './fields.ts';
import { operation } from './operation.ts';

export const settleInput = z.strictObject({ redemptionId });

export const settleOperation = (how: 'commit' | 'release', deployment: Deployment) =>
  operation(deployment, {
    doing: 'redeem tokens',
    may: (caller) => caller.redeem.size > 0,
    run: ({ redemptionId: id }: z.output<typeof settleInput>, caller, here) =>
      settle(id, caller.name, how, here),
  });
