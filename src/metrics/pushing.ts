import type { MetricChange } from './changes.ts';
import type { Meters } from './meters.ts';

/** What is counted is told so long after it at most: a process that is killed takes no more with it. */
const CHANGES_MS = 100;
/** What a process measures of itself is told so often. */
const EVERYTHING_MS = 5_000;

export interface Pushing {
  /** Tells what has not been told yet. Resolves when that has been sent. */
  flush(): Promise<void>;
}

/**
 * Tells what a process counts, soon after it has, and everything now and then. `send` resolves when it is ready for more:
 * until then nothing is sent, so nothing piles up.
 */
export function pushMetrics(
  { everything, changes, onChange }: Pick<Meters, 'everything' | 'changes' | 'onChange'>,
  send: (metrics: readonly MetricChange[]) => Promise<void>,
): Pushing {
  let sending: Promise<void> = Promise.resolve();
  let isDue = false;

  const push = (read: () => Promise<readonly MetricChange[]>) => {
    sending = sending.then(async () => send(await read())).catch(() => {});
    return sending;
  };
  const pushChanges = async () => {
    await push(() => {
      isDue = false;
      return changes();
    });
  };
  onChange(() => {
    if (isDue) return;
    isDue = true;
    setTimeout(pushChanges, CHANGES_MS).unref();
  });
  push(everything);
  let isSendingEverything = false;
  setInterval(async () => {
    if (isSendingEverything) return;
    isSendingEverything = true;
    await push(everything);
    isSendingEverything = false;
  }, EVERYTHING_MS).unref();
  return { flush: pushChanges };
}
