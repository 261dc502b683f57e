import type { StoredRing } from './stored-ring.ts';

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
  if (!ring.keys.some(({ sinceMs }) => sinceMs > nowMs + AHEAD_MS)) return ring;
  const keys = ring.keys.map((key) =>
    key.sinceMs > nowMs + AHEAD_MS
      ? { ...key, sinceMs: nowMs, readyMs: Math.min(key.readyMs, nowMs + publishMs) }
      : key,
  );
  return { ...ring, keys };
}
