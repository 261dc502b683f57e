import { revoked } from '../../contract/replies.ts';
import type { Operations } from '../../operations/all.ts';
import { revokeBody } from '../../operations/revoke.ts';
import { reply, route } from '../route.ts';

export function revokeRoute({ revoke }: Operations) {
  return route({
    operationId: 'revoke',
    method: 'POST',
    path: '/v1/revocations',
    summary: 'Revoke a token, or all tokens of a subject',
    body: revokeBody,
    replies: { 200: { description: 'Nothing that was named can be redeemed any more', body: revoked } },
    problems: ['token_invalid', 'not_found', 'ledger_unavailable'],
  }).forCallers(async ({ body, occasion }, caller) =>
    reply(200, await revoke.perform(body, caller, occasion)),
  );
}
