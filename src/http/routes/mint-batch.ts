import { z } from 'zod';
import type { Capabilities } from '../../burn/capabilities.ts';
import { mint, parseMint } from '../../burn/mint.ts';
import type { MintOrder } from '../../burn/mint-order.ts';
import { type InputProblem, requestInvalid } from '../../errors.ts';
import { route } from '../route.ts';
import { mayMint, mintBody, mintedBody, mintedReply } from './mint-schemas.ts';

const MAX_TOKENS = 1000;

export function mintBatchRoute(capabilities: Capabilities) {
  const { purposes } = capabilities;
  return route({
    method: 'POST',
    path: '/v1/tokens/batch',
    summary: 'Mint many tokens: all or none',
    body: z.strictObject({ tokens: z.array(mintBody).min(1).max(MAX_TOKENS) }),
    maxBodyBytes: 2_097_152,
    replies: {
      201: {
        description: 'The tokens, in the order asked',
        body: z.strictObject({ tokens: z.array(mintedBody) }),
      },
    },
    problems: ['ledger_unavailable'],
  }).forCallers(
    {
      doing: 'mint tokens of one of these purposes',
      may: (caller, { body }) => body.tokens.every(({ purpose }) => mayMint(caller, purpose, purposes)),
    },
    async ({ body }) => {
      const orders: MintOrder[] = [];
      const problems: InputProblem[] = [];
      for (const [index, request] of body.tokens.entries()) {
        const order = parseMint(request, capabilities);
        if ('subject' in order) orders.push(order);
        else
          problems.push(...order.map(({ path, message }) => ({ path: `tokens.${index}.${path}`, message })));
      }
      if (problems.length > 0) return requestInvalid(problems);
      const tokens = await Promise.all(orders.map((order) => mint(order, capabilities)));
      return { status: 201, body: { tokens: tokens.map(mintedReply) } };
    },
  );
}
