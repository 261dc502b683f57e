import type { LimitedBy, LimitName, Limits } from './limit.ts';

interface Window {
  readonly endsAtMs: number;
  readonly taken: number;
  readonly wasRefused: boolean;
}

/** Beyond so many keys of a limit its oldest window is forgotten: memory is bounded, however many addresses ask. */
const MOST_KEYS = 100_000;

/** The limits of one process. Each has room of its own, so no crowd at one makes another forget. */
export function memoryLimits(monotonicMs: () => number, capacity = MOST_KEYS): Limits {
  const limits = new Map<LimitName, Map<string, Window>>();

  function nameOf({ quota: { count, perSeconds }, key }: LimitedBy): string {
    return `${count}:${perSeconds}:${key}`;
  }

  /** In the order in which they began. */
  function windowsOf({ limit }: LimitedBy): Map<string, Window> {
    const windows = limits.get(limit) ?? new Map<string, Window>();
    limits.set(limit, windows);
    return windows;
  }

  /** The window that is open; one that is over is forgotten. */
  function openWindow(by: LimitedBy): Window | undefined {
    const windows = windowsOf(by);
    const window = windows.get(nameOf(by));
    if (window && monotonicMs() < window.endsAtMs) return window;
    windows.delete(nameOf(by));
    return undefined;
  }

  function keep(by: LimitedBy, window: Window): void {
    const windows = windowsOf(by);
    windows.set(nameOf(by), window);
    const oldest = windows.size > capacity ? windows.keys().next().value : undefined;
    if (oldest !== undefined) windows.delete(oldest);
  }

  return {
    take: async (by, amount = 1) => {
      const { count, perSeconds } = by.quota;
      const begun = { endsAtMs: monotonicMs() + perSeconds * 1000, taken: 0, wasRefused: false };
      const window = openWindow(by) ?? begun;
      if (window.taken + amount <= count) {
        keep(by, { ...window, taken: window.taken + amount });
        return { allowed: true };
      }
      keep(by, { ...window, wasRefused: true });
      const retryAfterSeconds = Math.max(1, Math.ceil((window.endsAtMs - monotonicMs()) / 1000));
      return { allowed: false, retryAfterSeconds, isFirst: !window.wasRefused };
    },
    giveBack: async (by, amount = 1) => {
      const window = openWindow(by);
      if (window) keep(by, { ...window, taken: Math.max(0, window.taken - amount) });
    },
  };
}
