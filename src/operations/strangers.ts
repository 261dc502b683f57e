import type { Quotas } from '../burn/deployment.ts';
import { MatchstickError } from '../errors.ts';
import type { OperationPorts } from './all.ts';
import { takeOne } from './limited.ts';

/** The refusal of somebody whose key is missing or unknown, if too many of them came from one address. */
export function limitStrangers(
  { caller: quota }: Quotas,
  { insuredLimits, reportLimit }: Pick<OperationPorts, 'insuredLimits' | 'reportLimit'>,
): (address: string) => Promise<MatchstickError | undefined> {
  return async (key) => {
    if (!quota) return undefined;
    const by = { limit: 'unknown-key-per-address', quota, key } as const;
    const taken = await takeOne(by, insuredLimits, reportLimit);
    return taken instanceof MatchstickError ? taken : undefined;
  };
}
