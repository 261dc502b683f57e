import { hashedSubject, serviceStatus } from '../../contract/status-replies.ts';
import type { Operations } from '../../operations/all.ts';
import { hashBody } from '../../operations/status.ts';
import { reply, route } from '../route.ts';

export function statusRoute({ status }: Operations) {
  return route({
    operationId: 'status',
    method: 'GET',
    path: '/v1/status',
    summary: 'The state of the deployment: its ledger, keys and events, for operators',
    replies: { 200: { description: 'As this process sees it', body: serviceStatus } },
    problems: [],
  }).forCallers(async ({ occasion }, caller) => reply(200, await status.perform({}, caller, occasion)));
}

export function hashSubjectRoute({ hashSubject }: Operations) {
  return route({
    operationId: 'hashSubject',
    method: 'POST',
    path: '/v1/events/hash',
    summary: 'The hash by which events name a subject, for operators',
    body: hashBody,
    replies: { 200: { description: 'The hash, as events have it', body: hashedSubject } },
    problems: [],
  }).forCallers(async ({ body, occasion }, caller) =>
    reply(200, await hashSubject.perform(body, caller, occasion)),
  );
}
