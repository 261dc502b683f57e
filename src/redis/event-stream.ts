import { nextTurn } from '../contract/turns.ts';
import type { MatchstickEvent } from '../events/event.ts';
import type { LedgerConnection } from './connection.ts';
import { parseEventEntry } from './event-record.ts';

/** A stream of events, and the shard that it belongs to. */
export interface EventStream {
  readonly key: string;
  readonly shard: number;
  /** Its place among all streams. */
  readonly number: number;
}

/** Where an entry stands among those of all streams: its id in its stream, and which stream that is. */
export interface Place {
  readonly ms: number;
  readonly sequence: number;
  readonly stream: number;
}

export interface PlacedEvent {
  readonly place: Place;
  readonly event: MatchstickEvent;
}

const PAGE = 500;

/** The order in which events are told. */
export function comparePlaces(a: Place, b: Place): number {
  return a.ms - b.ms || a.stream - b.stream || a.sequence - b.sequence;
}

/** Which way streams are read, and from which millisecond on. */
export interface Way {
  readonly forwards: boolean;
  readonly fromMs?: number | undefined;
}

/** The events of streams in their order, or backwards. */
export async function* eventsOf(
  connection: LedgerConnection,
  streams: readonly EventStream[],
  way: Way,
): AsyncGenerator<PlacedEvent> {
  const sign = way.forwards ? 1 : -1;
  const readers = streams.map((stream) => entriesOf(connection, stream, way));
  const heads = await Promise.all(readers.map((reader) => reader.next()));
  for (;;) {
    let next: { readonly index: number; readonly placed: PlacedEvent } | undefined;
    for (const [index, head] of heads.entries()) {
      if (head.done) continue;
      const isNext = !next || sign * comparePlaces(head.value.place, next.placed.place) < 0;
      if (isNext) next = { index, placed: head.value };
    }
    if (!next) return;
    yield next.placed;
    const reader = readers[next.index];
    if (reader) heads[next.index] = await reader.next();
  }
}

async function* entriesOf(
  connection: LedgerConnection,
  { key, shard, number: stream }: EventStream,
  { forwards, fromMs }: Way,
): AsyncGenerator<PlacedEvent> {
  let edge = String(fromMs ?? (forwards ? '-' : '+'));
  for (;;) {
    const entries = await connection.answer((redis) =>
      forwards ? redis.xrange(key, edge, '+', 'COUNT', PAGE) : redis.xrevrange(key, edge, '-', 'COUNT', PAGE),
    );
    for (const [id, fields] of entries) {
      const event = parseEventEntry(fields, shard);
      const [ms, sequence] = id.split('-').map(Number);
      if (event && ms !== undefined && sequence !== undefined)
        yield { place: { ms, sequence, stream }, event };
    }
    const last = entries.at(-1)?.[0];
    if (last === undefined || entries.length < PAGE) return;
    edge = `(${last}`;
    await nextTurn();
  }
}
