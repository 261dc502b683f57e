import { type ReadinessChecks, readiness, readinessBody } from '../../operations/readiness.ts';
import { route } from '../route.ts';

export function readinessRoute(checks: ReadinessChecks) {
  return route({
    operationId: 'readiness',
    method: 'GET',
    path: '/readyz',
    summary: 'Whether requests can be served, and why not',
    replies: {
      200: { description: 'They can', body: readinessBody },
      503: { description: 'They cannot; callers are told why', body: readinessBody },
    },
    problems: [],
  }).forStrangersToo(async (_input, caller) => {
    const found = await readiness(checks);
    // What is wrong with the servers behind this one is nobody's business who has no key.
    const body = caller ? found : { ready: found.ready };
    return found.ready ? { status: 200, body } : { status: 503, body };
  });
}
