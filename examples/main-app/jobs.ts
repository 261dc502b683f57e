import { setTimeout } from 'node:timers/promises';

const MOST_WAITING = 1_000;
const PAUSES_MS = [500, 5_000];

export interface Jobs {
  /** Does it soon, one after the other; when it fails, tries twice more. */
  add(name: string, run: () => Promise<void>): void;
}

/**
 * Work that no answer waits for. It is in memory: an application has a durable queue for it, or what is waiting
 * is lost when it stops.
 */
export function jobQueue(): Jobs {
  let waiting = 0;
  let last = Promise.resolve();
  return {
    add: (name, run) => {
      if (waiting >= MOST_WAITING) return console.error(`${name}: too much is waiting, this was dropped`);
      waiting += 1;
      last = last
        .then(() => tryRepeatedly(name, run))
        .finally(() => {
          waiting -= 1;
        });
    },
  };
}

async function tryRepeatedly(name: string, run: () => Promise<void>): Promise<void> {
  for (const pauseMs of [...PAUSES_MS, undefined]) {
    try {
      return await run();
    } catch (error) {
      console.error(`${name}: ${error instanceof Error ? error.message : 'failed'}`);
      if (pauseMs !== undefined) await setTimeout(pauseMs);
    }
  }
}
