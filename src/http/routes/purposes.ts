import { purposeList } from '../../contract/purpose-facts.ts';
import type { Operations } from '../../operations/all.ts';
import { reply, route } from '../route.ts';

export function purposesRoute({ purposes }: Operations) {
  return route({
    operationId: 'listPurposes',
    method: 'GET',
    path: '/v1/purposes',
    summary: 'What this caller may do, by purpose',
    replies: {
      200: { description: 'Every purpose that the caller may do something with', body: purposeList },
    },
    problems: [],
  }).forCallers(async ({ occasion }, caller) => reply(200, await purposes.perform({}, caller, occasion)));
}
