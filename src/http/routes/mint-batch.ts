import { z } from 'zod';
import type { Deployment } from '../../burn/deployment.ts';
import { MatchstickError } from '../../errors.ts';
import { mintedBody, mintMany, mintManyBody } from '../../operations/mint.ts';
import { route } from '../route.ts';
import { mayMint } from './mint.ts';

export function mintBatchRoute(deployment: Deployment) {
  const { purposes } = deployment;
  return route({
    method: 'POST',
    path: '/v1/tokens/batch',
    summary: 'Mint many tokens: all or none',
    body: mintManyBody,
    maxBodyBytes: 2_097_152,
    replies: {
      201: {
        description: 'The tokens, in the order asked',
        body: z.strictObject({ tokens: z.array(mintedBody).readonly() }),
      },
    },
    problems: ['ledger_unavailable'],
  }).forCallers(
    {
      doing: 'mint tokens of one of these purposes',
      may: (caller, { body }) => body.tokens.every(({ purpose }) => mayMint(caller, purpose, purposes)),
    },
    async ({ body }) => {
      const tokens = await mintMany(body.tokens, deployment);
      return tokens instanceof MatchstickError ? tokens : { status: 201, body: { tokens } };
    },
  );
}
