import { inspected } from '../../contract/replies.ts';
import type { Operations } from '../../operations/all.ts';
import { inspectBody } from '../../operations/inspect.ts';
import { reply, route } from '../route.ts';

export function inspectRoute({ inspect }: Operations) {
  return route({
    operationId: 'inspect',
    method: 'POST',
    path: '/v1/tokens/inspect',
    summary: 'The state of a token; never burns it',
    body: inspectBody,
    replies: { 200: { description: 'Its state', body: inspected } },
    problems: ['ledger_unavailable'],
  }).forCallers(async ({ body, occasion }, caller) =>
    reply(200, await inspect.perform(body, caller, occasion)),
  );
}
