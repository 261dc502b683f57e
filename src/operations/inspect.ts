import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import { inspectJti, inspectToken } from '../burn/inspect.ts';
import type { Caller } from '../callers/caller.ts';
import { token } from './fields.ts';
import { operation } from './operation.ts';

export const inspectBody = z.strictObject({ token });
export const inspectJtiInput = z.strictObject({ jti: z.string() });

const mayInspect = { doing: 'inspect tokens', may: (caller: Caller) => caller.inspect };

export const inspectOperation = (deployment: Deployment) =>
  operation({
    ...mayInspect,
    run: ({ token: text }: z.output<typeof inspectBody>) => inspectToken(text, deployment),
  });

export const inspectJtiOperation = (deployment: Deployment) =>
  operation({
    ...mayInspect,
    run: ({ jti }: z.output<typeof inspectJtiInput>) => inspectJti(jti, deployment),
  });
