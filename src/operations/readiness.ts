import { z } from 'zod';
import type { Readiness, Remark } from '../contract/readiness.ts';
import { asMatchstickError } from '../errors.ts';

export interface ReadinessChecks {
  /** Asked side by side; each rejects with the reason why its part cannot work. */
  readonly checks: readonly { readonly part: string; readonly check: () => Promise<void> }[];
  /** What works, at a cost that somebody should know. */
  readonly warnings: () => readonly Remark[];
}

export const remark = z.strictObject({ part: z.string(), code: z.string(), detail: z.string() });

const strangersReadiness = z.strictObject({ ready: z.boolean() }).describe('What anyone is told.');

const callersReadiness = z
  .strictObject({
    ready: z.boolean(),
    reasons: z.array(remark).readonly().describe('Why requests cannot be served.'),
    warnings: z.array(remark).readonly().describe('What to know even if they can.'),
  })
  .describe('What callers are told.');

export const readinessBody = z.union([callersReadiness, strangersReadiness]);

export async function readiness({ checks, warnings }: ReadinessChecks): Promise<Readiness> {
  const reasons = (await Promise.all(checks.map(findReason))).filter((reason) => reason !== undefined);
  return { ready: reasons.length === 0, reasons, warnings: warnings() };
}

async function findReason({ part, check }: ReadinessChecks['checks'][number]): Promise<Remark | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    const { code, message } = asMatchstickError(error);
    return { part, code, detail: message };
  }
}
