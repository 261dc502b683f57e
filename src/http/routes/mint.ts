import type { Capabilities } from '../../burn/capabilities.ts';
import { mint, parseMint } from '../../burn/mint.ts';
import { requestInvalid } from '../../errors.ts';
import { route } from '../route.ts';
import { mayMint, mintBody, mintedBody, mintedReply } from './mint-schemas.ts';

export function mintRoute(capabilities: Capabilities) {
  const { purposes } = capabilities;
  return route({
    method: 'POST',
    path: '/v1/tokens',
    summary: 'Mint a token',
    body: mintBody,
    replies: { 201: { description: 'The token, to be redeemed once', body: mintedBody } },
    problems: ['ledger_unavailable'],
  }).forCallers(
    {
      doing: 'mint tokens of this purpose',
      may: (caller, { body }) => mayMint(caller, body.purpose, purposes),
    },
    async ({ body }) => {
      const order = parseMint(body, capabilities);
      if (!('subject' in order)) return requestInvalid(order);
      return { status: 201, body: mintedReply(await mint(order, capabilities)) };
    },
  );
}
