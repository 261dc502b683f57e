import { MatchstickError } from '../errors.ts';
import type { Limits } from './limit.ts';

/** Asks others when the first cannot answer; never because they said no. */
export function insured(limits: Limits, others: Limits): Limits {
  return {
    take: async (by, amount) => {
      try {
        return await limits.take(by, amount);
      } catch (error) {
        if (error instanceof MatchstickError && error.code === 'ledger_unavailable') {
          return others.take(by, amount);
        }
        throw error;
      }
    },
    giveBack: (by, amount) => limits.giveBack(by, amount),
  };
}
