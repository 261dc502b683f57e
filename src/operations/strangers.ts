import type { Quotas } from '../burn/deployment.ts';
import type { MatchstickError } from '../errors.ts';
import type { OperationPorts } from './all.ts';
import { takeOne } from './limited.ts';

/** The refusal of somebody whose key is missing or unknown, if too many of them came from one address. */
export function limitStrangers(
  { caller: quota }: Quotas,
  { insuredLimits, reportLimit }: Pick<OperationPorts, 'insuredLimits' | 'reportLimit'>,
): (address: string) => Promise<MatchstickError | undefined> {
  return (key) => {
    const by = { limit: 'unknown-key-per-address', quota, key } as const;
    return takeOne(by, insuredLimits, reportLimit);
  };
}
