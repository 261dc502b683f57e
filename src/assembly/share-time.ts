import type { LiveRing } from '../keys/ring-options.ts';
import type { BurnLedger } from '../ledger/burn-ledger.ts';

const AGAIN_MS = 1000;

/**
 * Lets the keys go by the clock of the ledger, which all instances have in common: by a clock of its own that is ahead, one
 * of them would end keys whose tokens the others still accept.
 */
export function shareTime(ring: Pick<LiveRing, 'keepTime'>, ledger: Pick<BurnLedger, 'check' | 'nowMs'>) {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function share(): Promise<void> {
    try {
      await ledger.check();
    } catch {
      if (!isStopped) timer = setTimeout(share, AGAIN_MS).unref();
      return;
    }
    if (!isStopped) await ring.keepTime(() => ledger.nowMs());
  }

  return {
    /** Never rejects. Resolves when the clock is known, or after the first try: then it goes on by itself. */
    share,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
