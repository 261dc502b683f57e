import { z } from 'zod';
import { route } from '../route.ts';

export function healthRoute() {
  return route({
    operationId: 'health',
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the process is alive',
    replies: { 200: { description: 'It is', body: z.strictObject({ status: z.literal('alive') }) } },
    problems: [],
  }).forAnyone(async () => ({ status: 200, body: { status: 'alive' } }));
}
