import type { KeptKey, StoredRing } from './stored-ring.ts';

/** Clocks that agree may differ by less. */
const AHEAD_MS = 60_000;

/**
 * A ring without times that are still to come, as a clock that was ahead has left them: its keys would wait for them. They
 * begin now. The same ring if it has none.
 */
export function withoutFuture(
  ring: StoredRing,
  { publishMs }: { readonly publishMs: number },
  nowMs: number,
): StoredRing {
  const isAhead = ({ sinceMs, readyMs }: KeptKey) =>
    Math.max(sinceMs, readyMs - publishMs) > nowMs + AHEAD_MS;
  if (!ring.keys.some(isAhead)) return ring;
  const keys = ring.keys.map((key) => ({
    ...key,
    sinceMs: Math.min(key.sinceMs, nowMs),
    readyMs: Math.min(key.readyMs, nowMs + publishMs),
  }));
  return { ...ring, keys };
}
