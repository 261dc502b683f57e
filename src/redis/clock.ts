/**
 * The servers' time as far as this process can know it. A reply was written between the sending of
 * its command and its arrival, so each one bounds how far the server's clock is from this process's
 * monotonic clock; bounds that contradict earlier ones mean that a clock was set, and replace them.
 * Shards may be on servers whose clocks differ, so each has bounds of its own.
 */
export interface LedgerClock {
  heard(shard: number, reply: { sentAtMs: number; receivedAtMs: number; serverMs: number }): void;
  /** Not behind the shard's server; without a shard, not behind any. Undefined before the first reply. */
  atMostMs(shard?: number): number | undefined;
}

/** `serverMs` is cut to whole milliseconds: the server may have been up to one later. */
const RESOLUTION_MS = 1;

interface Bounds {
  readonly lowest: number;
  readonly highest: number;
}

export function ledgerClock(monotonicMs: () => number): LedgerClock {
  const bounds = new Map<number, Bounds>();
  return {
    heard(shard, { sentAtMs, receivedAtMs, serverMs }) {
      const lowest = serverMs - receivedAtMs;
      const highest = serverMs + RESOLUTION_MS - sentAtMs;
      const known = bounds.get(shard);
      const agrees = known && lowest <= known.highest && highest >= known.lowest;
      bounds.set(
        shard,
        agrees
          ? { lowest: Math.max(lowest, known.lowest), highest: Math.min(highest, known.highest) }
          : { lowest, highest },
      );
    },
    atMostMs(shard) {
      const known = shard === undefined ? [...bounds.values()] : [bounds.get(shard)];
      const offsets = known.flatMap((each) => (each ? [each.highest] : []));
      return offsets.length > 0 ? monotonicMs() + Math.max(...offsets) : undefined;
    },
  };
}
