import { type ReadinessChecks, readiness, readinessBody } from '../../operations/readiness.ts';
import { route } from '../route.ts';

export function readinessRoute(checks: ReadinessChecks) {
  return route({
    method: 'GET',
    path: '/readyz',
    summary: 'Whether requests can be served, and why not',
    replies: {
      200: { description: 'They can', body: readinessBody },
      503: { description: 'They cannot; the reasons say why', body: readinessBody },
    },
    problems: [],
  }).forAnyone(async () => {
    const body = await readiness(checks);
    return body.ready ? { status: 200, body } : { status: 503, body };
  });
}
