import { z } from 'zod';
import { listedKeys, revokedKey, rotatedKeys } from '../../contract/key-replies.ts';
import type { Operations } from '../../operations/all.ts';
import { keyName } from '../../operations/keys.ts';
import { reply, route } from '../route.ts';

export function listKeysRoute({ listKeys }: Operations) {
  return route({
    operationId: 'listKeys',
    method: 'GET',
    path: '/v1/keys',
    summary: 'The signing keys, and when each changes its state, for operators',
    replies: { 200: { description: 'The keys, without their private parts', body: listedKeys } },
    problems: [],
  }).forCallers(async ({ occasion }, caller) => reply(200, await listKeys.perform({}, caller, occasion)));
}

export function rotateKeysRoute({ rotateKeys }: Operations) {
  return route({
    operationId: 'rotateKeys',
    method: 'POST',
    path: '/v1/keys/rotate',
    summary: 'Let the next key sign, at once or as soon as every cache of the JWK Set has it',
    replies: { 200: { description: 'The keys as they are now', body: rotatedKeys } },
    problems: ['ledger_unavailable'],
  }).forCallers(async ({ occasion }, caller) => reply(200, await rotateKeys.perform({}, caller, occasion)));
}

export function revokeKeyRoute({ revokeKey }: Operations) {
  return route({
    operationId: 'revokeKey',
    method: 'POST',
    path: '/v1/keys/:kid/revoke',
    summary: 'Revoke a key: from now on, none of its tokens can be redeemed',
    params: z.object(keyName.shape),
    replies: { 200: { description: 'No instance redeems its tokens any more', body: revokedKey } },
    problems: ['not_found', 'ledger_unavailable'],
  }).forCallers(async ({ params, occasion }, caller) =>
    reply(200, await revokeKey.perform(params, caller, occasion)),
  );
}
