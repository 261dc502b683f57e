import type { Limits } from './limit.ts';
import { isUnanswered } from './unanswered.ts';

/** How long one question to the ledger, or to the limits beside it, may take. */
export interface Patience {
  readonly timeoutMs: number;
  readonly monotonicMs: () => number;
}

/**
 * Asks others when the first cannot answer; never because they said no. Only what the first counted is given back: what the
 * others counted is of no account once the first answers again, and until then it is all that holds a crowd off.
 */
export function insured(limits: Limits, others: Limits, { timeoutMs, monotonicMs }: Patience): Limits {
  return {
    take: async (by, amount) => {
      const askedAtMs = monotonicMs();
      try {
        return await limits.take(by, amount);
      } catch (error) {
        if (!isUnanswered(error)) throw error;
        const taken = await others.take(by, amount);
        if (!taken.allowed) return taken;
        const isTimeUp = monotonicMs() - askedAtMs > timeoutMs / 2;
        return { allowed: true, insured: { insteadOf: error, isTimeUp } };
      }
    },
    giveBack: (by, amount) => limits.giveBack(by, amount),
  };
}
