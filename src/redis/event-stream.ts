import { nextTurn } from '../contract/turns.ts';
import type { MatchstickEvent } from '../events/event.ts';
import type { LedgerConnection } from './connection.ts';
import { parseEventEntry } from './event-record.ts';
import { UnexpectedReplyError } from './reply.ts';

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
  /** Undefined for an entry that this version cannot read. */
  readonly event: MatchstickEvent | undefined;
}

/** Most questions are about few events, so the first page of a stream is short. */
const FIRST_PAGE = 10;
const PAGE = 500;

/** The order in which events are told. */
export function comparePlaces(a: Place, b: Place): number {
  return a.ms - b.ms || a.stream - b.stream || a.sequence - b.sequence;
}

/** Which way streams are read, and from which millisecond to which, by the clock of Redis. */
export interface Way {
  readonly forwards: boolean;
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
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
  { forwards, sinceMs = 0, untilMs }: Way,
): AsyncGenerator<PlacedEvent> {
  let since = String(sinceMs);
  let until = String(untilMs ?? '+');
  for (let page = FIRST_PAGE; ; page = PAGE) {
    const entries = await connection.answer(async (redis) =>
      entriesIn(
        forwards
          ? await redis.xrange(key, since, until, 'COUNT', page)
          : await redis.xrevrange(key, until, since, 'COUNT', page),
      ),
    );
    for (const { ms, sequence, fields } of entries)
      yield { place: { ms, sequence, stream }, event: parseEventEntry(fields, shard) };
    const last = entries.at(-1);
    if (!last || entries.length < page) return;
    const edge = `(${last.ms}-${last.sequence}`;
    if (forwards) since = edge;
    else until = edge;
    await nextTurn();
  }
}

interface StreamEntry extends Pick<Place, 'ms' | 'sequence'> {
  readonly fields: readonly string[];
}

/** The entries of a reply to XRANGE or XREVRANGE. Throws `UnexpectedReplyError` for what is none. */
export function entriesIn(reply: unknown): readonly StreamEntry[] {
  if (!Array.isArray(reply)) throw new UnexpectedReplyError();
  return reply.map((entry: unknown) => {
    const [id, fields]: readonly unknown[] = Array.isArray(entry) ? entry : [];
    const [, ms, sequence] = /^(\d+)-(\d+)$/.exec(String(id)) ?? [];
    if (sequence === undefined || !Array.isArray(fields)) throw new UnexpectedReplyError();
    return { ms: Number(ms), sequence: Number(sequence), fields: fields.map(String) };
  });
}
