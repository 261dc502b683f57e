/**
 * The servers' time as far as this process can know it. A reply was written between the sending of its command and
 * its arrival, so each one bounds how far the server's clock is from this process's monotonic clock. Of the upper
 * bounds the lowest holds, until a lower bound contradicts it: then the clock was set forward. Shards may be on
 * servers whose clocks differ, so each has a bound of its own.
 */
export interface LedgerClock {
  heard(shard: number, reply: { sentAtMs: number; receivedAtMs: number; serverMs: number }): void;
  /** Not behind the shard's server; without a shard, not behind any. Undefined before the first reply. */
  atMostMs(shard?: number): number | undefined;
  /** The newest time that the shard's server has told, even if its clock has gone back since. 0 before the first reply. */
  newestMs(shard: number): number;
}

/** `serverMs` is cut to whole milliseconds: the server may have been up to one later. */
const RESOLUTION_MS = 1;

export function ledgerClock(monotonicMs: () => number): LedgerClock {
  /** By shard: how far the server's clock is ahead of this process's, at most. */
  const aheadAtMost = new Map<number, number>();
  const newest = new Map<number, number>();
  return {
    heard(shard, { sentAtMs, receivedAtMs, serverMs }) {
      newest.set(shard, Math.max(serverMs, newest.get(shard) ?? 0));
      const atLeast = serverMs - receivedAtMs;
      const atMost = serverMs + RESOLUTION_MS - sentAtMs;
      const known = aheadAtMost.get(shard) ?? Number.POSITIVE_INFINITY;
      aheadAtMost.set(shard, atLeast > known ? atMost : Math.min(atMost, known));
    },
    atMostMs(shard) {
      const ahead = shard === undefined ? [...aheadAtMost.values()] : [aheadAtMost.get(shard)];
      const known = ahead.filter((each) => each !== undefined);
      return known.length > 0 ? monotonicMs() + Math.max(...known) : undefined;
    },
    newestMs: (shard) => newest.get(shard) ?? 0,
  };
}
