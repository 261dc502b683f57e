import { drawnAtMs } from '../events/id.ts';
import type { LedgerConnection } from './connection.ts';
import { type EventStream, entriesIn, eventsOf, type Place } from './event-stream.ts';

/** Where the event stands that a question names. Without a place: none is named, or nobody knows any more. */
export interface EventCursor {
  readonly place?: Place;
  /** Whether it is kept no longer. */
  readonly isGone: boolean;
}

export interface EventCursors {
  /** Of undefined: that none is named. */
  find(id: string | undefined): Promise<EventCursor>;
  /** Who was told of an event may ask next what comes after it. */
  remember(id: string, place: Place): void;
}

/** How far the clock of an instance may be ahead of that of Redis. Beyond that, its events are looked for everywhere. */
const SLACK_MS = 5000;
const UUID_CHARACTERS = 36;
const MOST_REMEMBERED = 10_000;

/** Finds where events stand: those that were told lately at once, others from when they were drawn. */
export function eventCursors(connection: LedgerConnection, streams: readonly EventStream[]): EventCursors {
  const remembered = new Map<string, Place>();

  function remember(id: string, place: Place): void {
    remembered.delete(id);
    remembered.set(id, place);
    const oldest = remembered.size > MOST_REMEMBERED ? remembered.keys().next().value : undefined;
    if (oldest !== undefined) remembered.delete(oldest);
  }

  async function isKept({ ms, sequence, stream: number }: Place): Promise<boolean> {
    const key = streams.find((stream) => stream.number === number)?.key;
    if (key === undefined) return false;
    const id = `${ms}-${sequence}`;
    return (await connection.answer(async (redis) => entriesIn(await redis.xrange(key, id, id)))).length > 0;
  }

  async function lookFor(id: string): Promise<Place | undefined> {
    const drawnMs = drawnAtMs(id.slice(0, UUID_CHARACTERS));
    const fromMs = drawnMs === undefined ? 0 : Math.max(0, drawnMs - SLACK_MS);
    for (const span of [{ sinceMs: fromMs }, ...(fromMs > 0 ? [{ untilMs: fromMs }] : [])]) {
      for await (const { event, place } of eventsOf(connection, streams, { forwards: true, ...span })) {
        if (event?.id === id) return place;
      }
    }
    return undefined;
  }

  return {
    remember,
    find: async (id) => {
      if (id === undefined) return { isGone: false };
      const known = remembered.get(id);
      if (known) return { place: known, isGone: !(await isKept(known)) };
      const place = await lookFor(id);
      if (!place) return { isGone: true };
      remember(id, place);
      return { place, isGone: false };
    },
  };
}
