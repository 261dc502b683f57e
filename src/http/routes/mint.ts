import { minted } from '../../contract/replies.ts';
import type { Operations } from '../../operations/all.ts';
import { mintBody } from '../../operations/mint-body.ts';
import { reply, route } from '../route.ts';

export function mintRoute({ mint }: Operations) {
  return route({
    operationId: 'mint',
    method: 'POST',
    path: '/v1/tokens',
    summary: 'Mint a token',
    body: mintBody,
    replies: { 201: { description: 'The token, to be redeemed once', body: minted } },
    problems: ['ledger_unavailable'],
  }).forCallers(
    async ({ body, occasion }, caller) => reply(201, await mint.perform(body, caller, occasion)),
    mint,
  );
}
