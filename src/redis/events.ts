import type { MatchstickEvent } from '../events/event.ts';
import { isMeant } from '../events/find.ts';
import { drawnAtMs } from '../events/id.ts';
import { type EventQuery, type EventStore, type FoundEvents, NOW } from '../events/store.ts';
import { parseTokenId } from '../token/id.ts';
import type { LedgerConnection } from './connection.ts';
import { eventEntry } from './event-record.ts';
import { comparePlaces, type EventStream, eventsOf, type Place } from './event-stream.ts';
import { ledgerKeys } from './keys.ts';

export interface RedisEventsOptions {
  readonly connection: LedgerConnection;
  readonly namespace: string;
  readonly issuer: string;
  readonly shards: number;
  /** About how many events are kept in all. */
  readonly keep: number;
}

/** Of what is kept, this much is for what changes the ledger. */
const RECORDS_SHARE = 0.75;
/** How far an event's id may be ahead of its entry: clocks differ. Beyond that it is looked for everywhere. */
const SLACK_MS = 5000;
/** How long events stay of which no more come. */
const UNUSED_MS = 90 * 86_400_000;

/** About how many events each shard keeps of those that its scripts record. */
export function recordsPerShard(keep: number, shards: number): number {
  return keep === 0 ? 0 : Math.max(1, Math.floor((keep * RECORDS_SHARE) / shards));
}

/**
 * Keeps events in two streams for each shard: what changed the ledger, which its scripts record, and everything else,
 * which must not push that out, however much of it there is.
 */
export function redisEvents({ connection, namespace, issuer, shards, keep }: RedisEventsOptions): EventStore {
  const keys = ledgerKeys(namespace, issuer, shards);
  const most = String(Math.max(1, Math.floor((keep * (1 - RECORDS_SHARE)) / shards)));
  const streams: readonly EventStream[] = Array.from({ length: shards }, (_, shard) => [
    { key: keys.records(shard), shard, number: 2 * shard },
    { key: keys.notes(shard), shard, number: 2 * shard + 1 },
  ]).flat();

  const keyFor = ({ token }: MatchstickEvent) => {
    const shard = parseTokenId(token?.jti)?.shard ?? 0;
    return keys.notes(shard < shards ? shard : 0);
  };

  /** What is known only by its `jti` is nowhere but in the shard of that. */
  const streamsOf = ({ jti }: EventQuery) => {
    const shard = parseTokenId(jti)?.shard;
    return shard === undefined ? streams : streams.filter((stream) => stream.shard === shard);
  };

  /** Where an event stands; undefined if it is kept no longer. */
  async function placeOf(id: string): Promise<Place | undefined> {
    const drawn = drawnAtMs(id.slice(0, 36));
    for (const fromMs of drawn === undefined ? [0] : [Math.max(0, drawn - SLACK_MS), 0]) {
      for await (const { event, place } of eventsOf(connection, streams, { forwards: true, fromMs })) {
        if (event.id === id) return place;
      }
    }
    return undefined;
  }

  /** When the oldest event happened that is kept. */
  async function keptSince(): Promise<string | undefined> {
    for await (const { event } of eventsOf(connection, streams, { forwards: true })) return event.time;
    return undefined;
  }

  return {
    add: async (events) => {
      const streams = new Set(events.map(keyFor));
      await connection.answer(async (redis) => {
        const bound = ['MAXLEN', '~', most, '*'] as const;
        await Promise.all(events.map((event) => redis.xadd(keyFor(event), ...bound, ...eventEntry(event))));
        // No key stays for ever.
        await Promise.all([...streams].map((key) => redis.pexpire(key, UNUSED_MS)));
      });
    },
    find: async (query) => {
      const { after, before } = query;
      const afterPlace = after === undefined ? undefined : await placeOf(after);
      const beforePlace = before === undefined || before === NOW ? undefined : await placeOf(before);
      const isGone = (id: string | undefined, place: Place | undefined) =>
        id !== undefined && id !== NOW && place === undefined;
      if (isGone(after, afterPlace) || isGone(before, beforePlace)) return undefined;
      const found = await gather(connection, streamsOf(query), query, {
        after: afterPlace,
        before: beforePlace,
      });
      const since = await keptSince();
      return { ...found, ...(since === undefined ? {} : { keptSince: since }) };
    },
  };
}

/** The events that are meant between two places: from the one on, or up to the other if the query says `before`. */
async function gather(
  connection: LedgerConnection,
  streams: readonly EventStream[],
  query: EventQuery,
  { after, before }: { readonly after: Place | undefined; readonly before: Place | undefined },
): Promise<Pick<FoundEvents, 'events' | 'more'>> {
  const forwards = query.before === undefined;
  const events = new Map<string, MatchstickEvent>();
  const isOutside = (place: Place) =>
    (after !== undefined && comparePlaces(place, after) <= 0) ||
    (before !== undefined && comparePlaces(place, before) >= 0);
  for await (const { event, place } of eventsOf(connection, streams, {
    forwards,
    fromMs: forwards ? after?.ms : before?.ms,
  })) {
    if (isOutside(place) || events.has(event.id) || !isMeant(event, query)) continue;
    if (events.size === query.limit) return { events: inOrder(events, forwards), more: true };
    events.set(event.id, event);
  }
  return { events: inOrder(events, forwards), more: false };
}

function inOrder(
  events: ReadonlyMap<string, MatchstickEvent>,
  forwards: boolean,
): readonly MatchstickEvent[] {
  return forwards ? [...events.values()] : [...events.values()].reverse();
}
