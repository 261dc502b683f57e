import type { Log } from '../contract/log.ts';
import type { HearEvent } from '../events/recorder.ts';

/** The application hears of events, and what it throws harms nobody. */
export function harmless(onEvent: HearEvent, log: Log): HearEvent {
  return (event) => {
    try {
      onEvent(event);
    } catch (error) {
      const cause = error instanceof Error ? { name: error.name, message: error.message.slice(0, 500) } : {};
      log.error({ event: 'on-event.failed', cause }, 'onEvent threw. The event is kept all the same.');
    }
  };
}

const REPORT_EVERY_MS = 60_000;

/** Tells, at most once a minute, how many events could not be kept. */
export function droppedReporter(log: Log, monotonicMs = () => performance.now()): (count: number) => void {
  let dropped = 0;
  let toldMs = Number.NEGATIVE_INFINITY;
  return (count) => {
    dropped += count;
    if (monotonicMs() - toldMs < REPORT_EVERY_MS) return;
    toldMs = monotonicMs();
    log.warn(
      { event: 'events.dropped', dropped },
      'Events were not kept. What changed the ledger is recorded in it.',
    );
    dropped = 0;
  };
}
