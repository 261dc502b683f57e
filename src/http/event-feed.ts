import { setTimeout as afterTime } from 'node:timers/promises';
import type { Caller } from '../callers/caller.ts';
import { MatchstickError } from '../errors.ts';
import type { MatchstickEvent } from '../events/event.ts';
import { isMeant } from '../events/find.ts';
import type { EventQuery, EventStore } from '../events/store.ts';
import { type EventsQuery, storeQuery } from '../operations/events.ts';
import type { Answer } from '../problem.ts';

/** What a follower is sent: events as they are kept, in the form of server-sent events. */
export type Feed = NonNullable<Answer['more']>;

export interface EventFeedOptions {
  readonly store: EventStore;
  readonly nowMs: () => number;
  /** What events call a subject. */
  readonly hashSubject: (subject: string) => string;
  /** Aborted when the process is to end: followers come back to another one. */
  readonly ending: AbortSignal;
}

const MOST_FOLLOWERS = 32;
const LOOK_EVERY_MS = 500;
const HEARTBEAT_MS = 15_000;
const AT_ONCE = 500;
const HEARTBEAT = ':\n\n';
/** The event that was seen last is kept no longer: some after it may be missing. No type of events has this name. */
const GAP = 'event: gap\ndata: {}\n\n';

/** Follows what happens. Every event of every instance passes, in the order in which they are kept. */
export function eventFeed({ store, nowMs, hashSubject, ending }: EventFeedOptions): FollowEvents {
  let followers = 0;

  async function* look(
    query: EventQuery,
    caller: Caller,
    since: string | undefined,
    over: AbortSignal,
  ): AsyncGenerator<string> {
    let last = since;
    let sentMs = nowMs();
    let hasToldGap = false;
    while (!over.aborted && !hasExpired(caller, nowMs())) {
      const after = last === undefined ? {} : { after: last };
      const found = await store.find({ ...after, limit: AT_ONCE }).catch(() => undefined);
      const meant = found?.events.filter((event) => isMeant(event, query)) ?? [];
      const isGap = found?.gap === true && !hasToldGap;
      if (found) hasToldGap = found.gap === true;
      last = found?.events.at(-1)?.id ?? last;
      const text = `${isGap ? GAP : ''}${meant.map(framed).join('')}`;
      const isQuiet = text === '' && nowMs() - sentMs >= HEARTBEAT_MS;
      if (text !== '' || isQuiet) {
        yield isQuiet ? HEARTBEAT : text;
        sentMs = nowMs();
      }
      if (!found?.more) await pause(LOOK_EVERY_MS, over);
    }
  }

  return (query, caller, since) => {
    if (followers >= MOST_FOLLOWERS) {
      const detail = `${MOST_FOLLOWERS} clients follow the events of this process already. Try again when one has gone.`;
      return new MatchstickError('rate_limited', detail, { retryAfterSeconds: 5 });
    }
    const meant = storeQuery(query, hashSubject);
    return async function* (gone) {
      // Others that asked at the same time may have begun first.
      if (followers >= MOST_FOLLOWERS) return;
      followers++;
      try {
        yield* look(meant, caller, since, AbortSignal.any([gone, ending]));
      } finally {
        followers--;
      }
    };
  };
}

/** Follows the events that a query means, after one that was seen or from the oldest; the refusal if too many do. */
export type FollowEvents = (
  query: EventsQuery,
  caller: Caller,
  since: string | undefined,
) => Feed | MatchstickError;

function hasExpired({ expiresAtMs }: Caller, nowMs: number): boolean {
  return expiresAtMs !== undefined && nowMs >= expiresAtMs;
}

/** One event as https://html.spec.whatwg.org/multipage/server-sent-events.html has it. */
function framed(event: MatchstickEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Resolves after a time, or when something is over. */
function pause(milliseconds: number, over: AbortSignal): Promise<void> {
  return afterTime(milliseconds, undefined, { signal: over }).catch(() => {});
}
