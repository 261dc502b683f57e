import { z } from 'zod';
import type { Deployment } from '../../burn/deployment.ts';
import { settleAs, settledBody } from '../../operations/settle.ts';
import { reply, route } from '../route.ts';

/** `POST /v1/redemptions/:id/commit` and `/release`. */
export function settleRoute(how: 'commit' | 'release', deployment: Deployment) {
  return route({
    method: 'POST',
    path: `/v1/redemptions/:id/${how}`,
    summary: how === 'commit' ? 'Burn a held use for good' : 'Give a held use back',
    params: z.object({ id: z.string() }),
    replies: { 200: { description: 'What became of it', body: settledBody } },
    problems: ['not_found', 'token_burned', 'token_void', 'ledger_unavailable'],
  }).forCallers(
    { doing: 'redeem tokens', may: (caller) => caller.redeem.size > 0 },
    async ({ params }, { name }) => reply(200, await settleAs(name, params.id, how, deployment)),
  );
}
