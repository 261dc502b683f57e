import { z } from 'zod';
import { settled } from '../../contract/replies.ts';
import type { Operations } from '../../operations/all.ts';
import { reply, route } from '../route.ts';

/** `POST /v1/redemptions/:id/commit` and `/release`. */
export function settleRoute(how: 'commit' | 'release', operations: Operations) {
  return route({
    operationId: how,
    method: 'POST',
    path: `/v1/redemptions/:id/${how}`,
    summary: how === 'commit' ? 'Burn a held use for good' : 'Give a held use back',
    params: z.object({ id: z.string() }),
    replies: { 200: { description: 'How the hold ended', body: settled } },
    problems: [
      'not_found',
      'token_burned',
      'token_revoked',
      'token_superseded',
      'token_void',
      'ledger_unavailable',
    ],
  }).forCallers(async ({ params: { id }, occasion }, caller) =>
    reply(200, await operations[how].perform({ redemptionId: id }, caller, occasion)),
  );
}
