import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import { inspectJti, inspectToken } from '../burn/inspect.ts';
import type { Caller } from '../callers/caller.ts';
import { covers, isScoped, JTI_HINT, outsideScope } from '../callers/scope.ts';
import { token } from './fields.ts';
import { operation } from './operation.ts';

export const inspectBody = z.strictObject({ token });
export const inspectJtiInput = z.strictObject({ jti: z.string() });

const mayInspect = { doing: 'inspect tokens', may: (caller: Caller) => isScoped(caller.inspect) };

export const inspectOperation = (deployment: Deployment) =>
  operation(deployment, {
    ...mayInspect,
    run: ({ token: text }: z.output<typeof inspectBody>, caller) =>
      inspectToken(
        text,
        ({ purpose }) => (covers(caller.inspect, purpose) ? undefined : outsideScope(caller, 'inspect')),
        deployment,
      ),
  });

export const inspectJtiOperation = (deployment: Deployment) =>
  operation(deployment, {
    ...mayInspect,
    run: async ({ jti }: z.output<typeof inspectJtiInput>, caller) =>
      covers(caller.inspect, undefined)
        ? inspectJti(jti, deployment)
        : outsideScope(caller, 'inspect', JTI_HINT),
  });
