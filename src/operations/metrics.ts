import type { Deployment } from '../burn/deployment.ts';
import { operation } from './operation.ts';

/** The metrics of the service, as operators read them. */
export const metricsOperation = (deployment: Deployment, page: () => Promise<string>) =>
  operation(deployment, {
    as: 'operator',
    doing: 'read the metrics: that is for operators',
    may: (caller) => caller.operator !== undefined,
    run: async (_input: Record<never, never>) => page(),
  });
