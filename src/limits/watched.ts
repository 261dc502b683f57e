import type { LimitName, Limits } from './limit.ts';

/** What hears of each request for a share. */
export interface LimitsWatch {
  readonly monotonicMs: () => number;
  /** Hears of everyone who is refused, not only of the first in a window. */
  readonly onRefused?: ((limit: LimitName) => void) | undefined;
  /** Hears how long the answer took, and whether there was one. */
  readonly onAsked?: ((outcome: 'ok' | 'unavailable', seconds: number) => void) | undefined;
}

/** The same limits, watched. */
export function watched(limits: Limits, { monotonicMs, onRefused, onAsked }: LimitsWatch): Limits {
  return {
    take: async (by, amount) => {
      const askedMs = monotonicMs();
      let outcome: 'ok' | 'unavailable' = 'unavailable';
      try {
        const taken = await limits.take(by, amount);
        outcome = 'ok';
        if (!taken.allowed) onRefused?.(by.limit);
        return taken;
      } finally {
        onAsked?.(outcome, (monotonicMs() - askedMs) / 1000);
      }
    },
    giveBack: (by, amount) => limits.giveBack(by, amount),
  };
}
