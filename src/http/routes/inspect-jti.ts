import { z } from 'zod';
import type { Deployment } from '../../burn/deployment.ts';
import { inspectByJti, inspectionBody } from '../../operations/inspect.ts';
import { reply, route } from '../route.ts';
import { mayInspect } from './inspect.ts';

export function inspectJtiRoute(deployment: Deployment) {
  return route({
    method: 'GET',
    path: '/v1/tokens/:jti',
    summary: 'The state of a token by its jti; never burns it',
    params: z.object({ jti: z.string() }),
    replies: { 200: { description: 'Its state', body: inspectionBody } },
    problems: ['not_found', 'ledger_unavailable'],
  }).forCallers(mayInspect, async ({ params }) => reply(200, await inspectByJti(params.jti, deployment)));
}
