import type { Deployment } from '../../burn/deployment.ts';
import type { Caller } from '../../callers/caller.ts';
import { mintBody, mintedBody, mintOne } from '../../operations/mint.ts';
import type { Purposes } from '../../token/purpose.ts';
import { reply, route } from '../route.ts';

export function mintRoute(deployment: Deployment) {
  const { purposes } = deployment;
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
    async ({ body }) => reply(201, await mintOne(body, deployment)),
  );
}

/** A purpose that is not configured at all is bad input rather than a forbidden one, and is let through to be told so. */
export function mayMint(caller: Caller, purpose: string, purposes: Purposes): boolean {
  return caller.mint.has(purpose) || (caller.mint.size > 0 && !purposes.has(purpose));
}
