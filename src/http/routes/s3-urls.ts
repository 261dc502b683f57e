import { openedRequest } from '../../contract/replies.ts';
import type { Operations } from '../../operations/all.ts';
import { signBody } from '../../operations/sign-url.ts';
import { reply, route } from '../route.ts';

export function s3UrlsRoute({ signUrl }: Operations) {
  return route({
    operationId: 'signUrl',
    method: 'POST',
    path: '/v1/s3/urls',
    summary: 'Sign a request for an object in a store',
    body: signBody,
    replies: { 201: { description: 'The signed request: reusable until it expires', body: openedRequest } },
    problems: [],
  }).forCallers(async ({ body, occasion }, caller) =>
    reply(201, await signUrl.perform(body, caller, occasion)),
  );
}
