import { z } from 'zod';
import { asMatchstickError } from '../answer.ts';
import { route } from '../route.ts';

/** Asks one part of the service whether it can work; rejects with the reason when it cannot. */
export interface ReadinessCheck {
  readonly part: string;
  readonly check: () => Promise<void>;
}

const readinessBody = z.strictObject({
  ready: z.boolean(),
  reasons: z.array(z.strictObject({ part: z.string(), code: z.string(), detail: z.string() })),
});

export function readinessRoute(checks: readonly ReadinessCheck[]) {
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
    const reasons = (await Promise.all(checks.map(findReason))).filter((reason) => reason !== undefined);
    return reasons.length === 0
      ? { status: 200, body: { ready: true, reasons } }
      : { status: 503, body: { ready: false, reasons } };
  });
}

async function findReason({ part, check }: ReadinessCheck) {
  try {
    await check();
    return undefined;
  } catch (error) {
    const { code, message } = asMatchstickError(error);
    return { part, code, detail: message };
  }
}
