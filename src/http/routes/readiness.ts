import { z } from 'zod';
import { asMatchstickError } from '../answer.ts';
import { route } from '../route.ts';

export interface Readiness {
  /** Asked side by side; each rejects with the reason why its part cannot work. */
  readonly checks: readonly { readonly part: string; readonly check: () => Promise<void> }[];
  /** What works, at a cost that somebody should know. */
  readonly warnings: () => readonly Remark[];
}

interface Remark {
  readonly part: string;
  readonly code: string;
  readonly detail: string;
}

const remark = z.strictObject({ part: z.string(), code: z.string(), detail: z.string() });
const readinessBody = z.strictObject({
  ready: z.boolean(),
  reasons: z.array(remark).describe('Why requests cannot be served.'),
  warnings: z.array(remark).describe('What to know although they can.'),
});

export function readinessRoute({ checks, warnings: warn }: Readiness) {
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
    const warnings = [...warn()];
    return reasons.length === 0
      ? { status: 200, body: { ready: true, reasons, warnings } }
      : { status: 503, body: { ready: false, reasons, warnings } };
  });
}

async function findReason({ part, check }: Readiness['checks'][number]): Promise<Remark | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    const { code, message } = asMatchstickError(error);
    return { part, code, detail: message };
  }
}
