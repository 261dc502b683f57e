import type { Deployment } from '../../burn/deployment.ts';
import type { Caller } from '../../callers/caller.ts';
import { inspectBody, inspectByToken, inspectionBody } from '../../operations/inspect.ts';
import { reply, route } from '../route.ts';

export const mayInspect = { doing: 'inspect tokens', may: (caller: Caller) => caller.inspect };

export function inspectRoute(deployment: Deployment) {
  return route({
    method: 'POST',
    path: '/v1/tokens/inspect',
    summary: 'The state of a token; never burns it',
    body: inspectBody,
    replies: { 200: { description: 'Its state', body: inspectionBody } },
    problems: ['ledger_unavailable'],
  }).forCallers(mayInspect, async ({ body }) => reply(200, await inspectByToken(body.token, deployment)));
}
