import type { MatchstickEvent } from './event.ts';
import type { HearEvent } from './recorder.ts';
import type { EventStore } from './store.ts';

/** Events that wait to be kept. Nobody waits for them. */
export interface EventQueue {
  readonly hear: HearEvent;
  /** From now on they are kept there. */
  keepIn(store: EventStore): void;
  /** Keeps what waits, for at most a second. */
  close(): Promise<void>;
}

const MOST_WAITING = 10_000;
const MOST_AT_ONCE = 500;
const GATHER_MS = 20;
const LONGEST_PAUSE_MS = 2000;
const CLOSE_WITHIN_MS = 1000;

/**
 * Keeps events in batches, one batch at a time, and tries again while the store does not answer: an event may then be kept
 * twice, which its id shows. What comes while too many wait is dropped, and counted.
 */
export function eventQueue(dropped: (count: number) => void): EventQueue {
  let waiting: MatchstickEvent[] = [];
  let store: EventStore | undefined;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let failures = 0;
  let isClosed = false;

  async function write(to: EventStore): Promise<void> {
    const batch = waiting.slice(0, MOST_AT_ONCE);
    try {
      await to.add(batch);
      waiting = waiting.slice(batch.length);
      failures = 0;
    } catch {
      failures++;
    }
    writing = undefined;
    if (waiting.length > 0) soon();
  }

  function soon(): void {
    if (!store || timer || writing || isClosed) return;
    const to = store;
    const pauseMs = failures === 0 ? GATHER_MS : Math.min(100 * 2 ** failures, LONGEST_PAUSE_MS);
    timer = setTimeout(() => {
      timer = undefined;
      writing = write(to);
    }, pauseMs);
    timer.unref();
  }

  return {
    hear: (event) => {
      if (waiting.length >= MOST_WAITING || isClosed) return dropped(1);
      waiting.push(event);
      soon();
    },
    keepIn: (given) => {
      store = given;
      if (waiting.length > 0) soon();
    },
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_WITHIN_MS).unref());
      const rest = async () => {
        await writing;
        for (failures = 0; store && waiting.length > 0 && failures === 0; ) await write(store);
      };
      await Promise.race([rest(), late]);
      if (waiting.length > 0) dropped(waiting.length);
      waiting = [];
    },
  };
}
