import { z } from 'zod';
import type { Capabilities } from '../../burn/capabilities.ts';
import { inspectJti } from '../../burn/inspect.ts';
import { MatchstickError } from '../../errors.ts';
import { route } from '../route.ts';
import { inspectionBody, inspectionReply, mayInspect } from './inspection-schema.ts';

export function inspectJtiRoute(capabilities: Capabilities) {
  return route({
    method: 'GET',
    path: '/v1/tokens/:jti',
    summary: 'The state of a token by its jti; never burns it',
    params: z.object({ jti: z.string() }),
    replies: { 200: { description: 'Its state', body: inspectionBody } },
    problems: ['not_found', 'ledger_unavailable'],
  }).forCallers(mayInspect, async ({ params }) => {
    const inspection = await inspectJti(params.jti, capabilities);
    if (!inspection) return new MatchstickError('not_found', 'This is not a jti that this service writes.');
    return { status: 200, body: inspectionReply(inspection, params.jti) };
  });
}
