import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import type { ServiceStatus } from '../contract/status-replies.ts';
import { subject } from './fields.ts';
import { operation } from './operation.ts';

/** Tells how a deployment is. Changes nothing, and says so itself if its ledger does not answer. */
export type LookAtStatus = () => Promise<ServiceStatus>;

/** How the deployment is: its ledger, keys and events. */
export const statusOperation = (deployment: Deployment, look: LookAtStatus) =>
  operation(deployment, {
    as: 'operator',
    doing: 'see how the service is: that is for operators',
    may: (caller) => caller.operator !== undefined,
    run: (_input: Record<never, never>) => look(),
  });

export const hashBody = z.strictObject({ subject });

/** What events call a subject. */
export const hashSubjectOperation = (deployment: Deployment) =>
  operation(deployment, {
    as: 'operator',
    doing: 'ask what events call a subject: that is for operators',
    may: (caller) => caller.operator !== undefined,
    run: async (asked: z.output<typeof hashBody>, _caller, { recorder }) => ({
      hash: recorder.subject(asked.subject),
    }),
  });
