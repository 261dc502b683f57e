/**
 * The server's time as far as this process can know it. A reply was written between the sending of
 * its command and its arrival, so each one bounds how far the server's clock is from this process's
 * monotonic clock; bounds that contradict earlier ones mean that a clock was set, and replace them.
 */
export interface LedgerClock {
  heard(reply: { sentAtMs: number; receivedAtMs: number; serverMs: number }): void;
  /** Not ahead of the server; undefined before the first reply. */
  atLeastMs(): number | undefined;
  /** Not behind the server; undefined before the first reply. */
  atMostMs(): number | undefined;
}

/** `serverMs` is cut to whole milliseconds: the server may have been up to one later. */
const RESOLUTION_MS = 1;

export function ledgerClock(monotonicMs: () => number): LedgerClock {
  let lowest = Number.NaN;
  let highest = Number.NaN;
  const at = (offset: number) => (Number.isNaN(offset) ? undefined : monotonicMs() + offset);
  return {
    heard({ sentAtMs, receivedAtMs, serverMs }) {
      const low = serverMs - receivedAtMs;
      const high = serverMs + RESOLUTION_MS - sentAtMs;
      const agrees = low <= highest && high >= lowest;
      lowest = agrees ? Math.max(low, lowest) : low;
      highest = agrees ? Math.min(high, highest) : high;
    },
    atLeastMs: () => at(lowest),
    atMostMs: () => at(highest),
  };
}
