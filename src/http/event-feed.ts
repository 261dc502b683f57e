import type { Caller } from '../callers/caller.ts';
import { MatchstickError } from '../errors.ts';
import type { MatchstickEvent } from '../events/event.ts';
import { isMeant } from '../events/find.ts';
import { type EventQuery, type EventStore, NOW } from '../events/store.ts';
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

/** Follows what happens. Every event of every instance passes, in the order in which they are kept. */
export function eventFeed({ store, nowMs, hashSubject, ending }: EventFeedOptions): FollowEvents {
  let followers = 0;

  async function* look(
    query: EventQuery,
    caller: Caller,
    since: string | undefined,
    gone: AbortSignal,
  ): AsyncGenerator<string> {
    let last = since;
    let heardMs = nowMs();
    while (!gone.aborted && !ending.aborted && !hasExpired(caller, nowMs())) {
      const found = await store
        .find({ ...(last === undefined ? {} : { after: last }), limit: AT_ONCE })
        .catch(() => null);
      if (found === undefined) {
        last = undefined;
        yield ': some events are kept no longer\n\n';
        continue;
      }
      const meant = found?.events.filter((event) => isMeant(event, query)) ?? [];
      last = found?.events.at(-1)?.id ?? last;
      if (meant.length > 0) yield meant.map(framed).join('');
      else if (nowMs() - heardMs >= HEARTBEAT_MS) yield ':\n\n';
      if (meant.length > 0 || nowMs() - heardMs >= HEARTBEAT_MS) heardMs = nowMs();
      if (!found?.more) await pause(LOOK_EVERY_MS, [gone, ending]);
    }
  }

  async function newest(): Promise<string | undefined> {
    return (await store.find({ before: NOW, limit: 1 }).catch(() => undefined))?.events.at(-1)?.id;
  }

  return async (query, caller, since) => {
    if (followers >= MOST_FOLLOWERS) {
      const detail = `${MOST_FOLLOWERS} clients follow the events of this process already. Try again when one has gone.`;
      return new MatchstickError('rate_limited', detail, { retryAfterSeconds: 5 });
    }
    const meant = storeQuery(query, hashSubject);
    // Now, so that nothing is missed that happens once the follower has an answer.
    const from = since ?? (await newest());
    return async function* (gone) {
      followers++;
      try {
        yield* look(meant, caller, from, gone);
      } finally {
        followers--;
      }
    };
  };
}

/** Follows the events that a query means, after one that was seen; the refusal if too many do. */
export type FollowEvents = (
  query: EventsQuery,
  caller: Caller,
  since: string | undefined,
) => Promise<Feed | MatchstickError>;

function hasExpired({ expiresAtMs }: Caller, nowMs: number): boolean {
  return expiresAtMs !== undefined && nowMs >= expiresAtMs;
}

/** One event as https://html.spec.whatwg.org/multipage/server-sent-events.html has it. */
function framed(event: MatchstickEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function pause(milliseconds: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, milliseconds);
    function end() {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', end);
      resolve();
    }
    for (const signal of signals) signal.addEventListener('abort', end);
  });
}
