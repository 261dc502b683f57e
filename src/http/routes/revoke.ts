import type { Deployment } from '../../burn/deployment.ts';
import { revokeBody, revokedBody, revokeOne } from '../../operations/revoke.ts';
import { reply, route } from '../route.ts';

export function revokeRoute(deployment: Deployment) {
  return route({
    method: 'POST',
    path: '/v1/revocations',
    summary: 'Revoke a token, or all tokens of a subject',
    body: revokeBody,
    replies: { 200: { description: 'Nothing that was named can be redeemed any more', body: revokedBody } },
    problems: ['token_invalid', 'not_found', 'ledger_unavailable'],
  }).forCallers({ doing: 'revoke tokens', may: (caller) => caller.revoke }, async ({ body }) =>
    reply(200, await revokeOne(body, deployment)),
  );
}
