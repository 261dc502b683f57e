import type { LimitedBy, Limits } from './limit.ts';

interface Window {
  readonly endsAtMs: number;
  readonly taken: number;
  readonly wasRefused: boolean;
}

/** Beyond so many keys the oldest window is forgotten: memory is bounded, however many addresses ask. */
const MOST_KEYS = 100_000;

/** The limits of one process. */
export function memoryLimits(monotonicMs: () => number, capacity = MOST_KEYS): Limits {
  /** In the order in which they began. */
  const windows = new Map<string, Window>();

  const nameOf = ({ limit, key }: LimitedBy) => `${limit} ${key}`;

  function windowOf(by: LimitedBy): Window {
    const name = nameOf(by);
    const current = windows.get(name);
    const nowMs = monotonicMs();
    if (current && nowMs < current.endsAtMs) return current;
    windows.delete(name);
    return { endsAtMs: nowMs + by.quota.perSeconds * 1000, taken: 0, wasRefused: false };
  }

  function keep(by: LimitedBy, window: Window): void {
    windows.set(nameOf(by), window);
    const oldest = windows.size > capacity ? windows.keys().next().value : undefined;
    if (oldest !== undefined) windows.delete(oldest);
  }

  return {
    take: async (by, amount = 1) => {
      const window = windowOf(by);
      if (window.taken + amount <= by.quota.count) {
        keep(by, { ...window, taken: window.taken + amount });
        return { allowed: true };
      }
      keep(by, { ...window, wasRefused: true });
      const retryAfterSeconds = Math.max(1, Math.ceil((window.endsAtMs - monotonicMs()) / 1000));
      return { allowed: false, retryAfterSeconds, isFirst: !window.wasRefused };
    },
    giveBack: async (by, amount = 1) => {
      const window = windowOf(by);
      if (window.taken > 0) keep(by, { ...window, taken: Math.max(0, window.taken - amount) });
    },
  };
}
