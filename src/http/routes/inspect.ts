import { z } from 'zod';
import type { Capabilities } from '../../burn/capabilities.ts';
import { inspectToken } from '../../burn/inspect.ts';
import { route } from '../route.ts';
import { token } from './fields.ts';
import { inspectionBody, inspectionReply, mayInspect } from './inspection-schema.ts';

export function inspectRoute(capabilities: Capabilities) {
  return route({
    method: 'POST',
    path: '/v1/tokens/inspect',
    summary: 'The state of a token; never burns it',
    body: z.strictObject({ token }),
    replies: { 200: { description: 'Its state', body: inspectionBody } },
    problems: ['ledger_unavailable'],
  }).forCallers(mayInspect, async ({ body }) => ({
    status: 200,
    body: inspectionReply(await inspectToken(body.token, capabilities)),
  }));
}
