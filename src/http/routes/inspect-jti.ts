import { inspected } from '../../contract/replies.ts';
import type { Operations } from '../../operations/all.ts';
import { inspectJtiInput } from '../../operations/inspect.ts';
import { reply, route } from '../route.ts';

export function inspectJtiRoute({ inspectJti }: Operations) {
  return route({
    operationId: 'inspectJti',
    method: 'GET',
    path: '/v1/tokens/:jti',
    summary: 'The state of a token by its jti; never burns it',
    params: inspectJtiInput,
    replies: { 200: { description: 'Its state', body: inspected } },
    problems: ['not_found', 'ledger_unavailable'],
  }).forCallers(async ({ params, occasion }, caller) =>
    reply(200, await inspectJti.perform(params, caller, occasion)),
  );
}
