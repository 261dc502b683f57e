import { askedBy, type Deployment } from '../burn/deployment.ts';
import { MatchstickError } from '../errors.ts';
import type { Occasion } from '../events/occasion.ts';
import type { MetLimit } from '../limits/setting.ts';
import type { OperationPorts } from './all.ts';
import { takeOne } from './limited.ts';

/**
 * The refusal of somebody whose key is missing or unknown: another one, if too many of them came from one address. `name` is
 * of a caller that is known, and has no business here.
 */
export type RefuseStranger = (
  refusal: MatchstickError,
  address: string,
  occasion: Occasion,
  name?: string,
) => Promise<MatchstickError>;

export function refuseStrangers(
  deployment: Deployment,
  { insuredLimits, reportLimit }: Pick<OperationPorts, 'insuredLimits' | 'reportLimit'>,
): RefuseStranger {
  const { caller: quota } = deployment.quotas;
  return async (refusal, key, occasion, name) => {
    const by = { limit: 'unknown-key-per-address', key } as const;
    const { witness } = askedBy(
      deployment,
      { kind: 'caller', ...(name === undefined ? {} : { id: name }) },
      occasion,
    );
    const report = (met: MetLimit) => reportLimit(met, witness);
    const taken = quota && (await takeOne({ ...by, quota }, insuredLimits, report));
    if (taken instanceof MatchstickError) return taken;
    witness.tell('caller.refused', { outcome: 'refused', code: refusal.code });
    return refusal;
  };
}
