import { withinTime } from '../contract/within-time.ts';
import type { LedgerClient } from './client.ts';
import { type PresenceReport, watchPresence } from './presence.ts';
import { unavailable } from './unavailable.ts';

export interface ConnectionOptions {
  /** How long one question to the ledger may take in all, tries included. Milliseconds. */
  readonly timeoutMs: number;
  readonly monotonicMs: () => number;
  /** Hears whether Redis is there, and why not. */
  readonly report?: PresenceReport | undefined;
}

/** Lets questions wait for a connection, each for as long as it may take. */
export function watchReadiness(redis: LedgerClient, { timeoutMs, monotonicMs, report }: ConnectionOptions) {
  const presence = watchPresence(redis, monotonicMs, report);
  const waiting = new Set<() => void>();
  let awaySinceMs: number | undefined = monotonicMs();
  const resumeAll = () => {
    for (const resume of waiting) resume();
  };
  redis.on('close', () => {
    awaySinceMs ??= monotonicMs();
  });
  redis.on('ready', () => {
    awaySinceMs = undefined;
    resumeAll();
  });
  return {
    /** A server that has been away for longer than a question may take is not waited for. */
    async wait(deadlineMs: number): Promise<void> {
      const nowMs = monotonicMs();
      if (awaySinceMs !== undefined && nowMs - awaySinceMs > timeoutMs) throw unavailable(presence.error());
      let resume = () => {};
      const resumed = new Promise<void>((resolve) => {
        resume = resolve;
      });
      waiting.add(resume);
      try {
        await withinTime(deadlineMs - nowMs, () => resumed);
      } catch {
        throw unavailable(presence.error());
      } finally {
        waiting.delete(resume);
      }
    },
    stop: () => {
      presence.stop();
      resumeAll();
    },
  };
}
