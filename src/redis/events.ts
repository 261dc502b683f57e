import { timestampOf } from '../contract/timestamp.ts';
import type { MatchstickEvent } from '../events/event.ts';
import { isMeant } from '../events/find.ts';
import { type EventQuery, type EventStore, type FoundEvents, NOW } from '../events/store.ts';
import { parseTokenId, shardOfTokenId } from '../token/id.ts';
import type { LedgerConnection } from './connection.ts';
import { settledMs } from './event-clock.ts';
import { eventCursors } from './event-cursors.ts';
import { type BoundedStream, extentOf } from './event-extent.ts';
import { comparePlaces, type EventStream, eventsOf, type Place } from './event-stream.ts';
import { addEvents } from './event-writer.ts';
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
/** How far the clocks of the servers of a Cluster may be apart. */
const MOST_SKEW_MS = 1000;

/** About how many events each shard keeps of those that its scripts record. */
export function recordsPerShard(keep: number, shards: number): number {
  return keep === 0 ? 0 : Math.max(1, Math.floor((keep * RECORDS_SHARE) / shards));
}

/** The same for all others. */
function notesPerShard(keep: number, shards: number): number {
  return Math.max(1, Math.floor((keep * (1 - RECORDS_SHARE)) / shards));
}

/**
 * Keeps events in two streams for each shard: what changed the ledger, which its scripts record, and everything else,
 * which must not push that out, however much of it there is.
 */
export function redisEvents({ connection, namespace, issuer, shards, keep }: RedisEventsOptions): EventStore {
  const keys = ledgerKeys(namespace, issuer, shards);
  const [mostRecords, mostNotes] = [recordsPerShard(keep, shards), notesPerShard(keep, shards)];
  const streams: readonly BoundedStream[] = Array.from({ length: shards }, (_, shard) => [
    { key: keys.records(shard), shard, number: 2 * shard, most: mostRecords },
    { key: keys.notes(shard), shard, number: 2 * shard + 1, most: mostNotes },
  ]).flat();
  const cursors = eventCursors(connection, streams);

  const keyFor = ({ token }: MatchstickEvent) => {
    const shard = token?.jti === undefined ? 0 : shardOfTokenId(token.jti);
    return keys.notes(shard < shards ? shard : 0);
  };

  /** What is known only by its `jti` is nowhere but in the shard of that. */
  const streamsOf = ({ jti }: EventQuery) => {
    const shard = parseTokenId(jti)?.shard;
    return shard === undefined ? streams : streams.filter((stream) => stream.shard === shard);
  };

  return {
    add: addEvents(connection, keyFor, mostNotes),
    find: async (query) => {
      const settled = await settledMs(connection);
      const [after, before, extent] = await Promise.all([
        cursors.find(query.after),
        cursors.find(query.before === NOW ? undefined : query.before),
        extentOf(connection, streams),
      ]);
      // Where the clock went back, entries go on under the time that it had shown.
      const wentBack = extent !== undefined && extent.newestMs > settled + MOST_SKEW_MS;
      const untilMs = wentBack ? extent.newestMs : settled;
      const facts = {
        ...(extent ? { keptSince: timestampOf(extent.wholeSinceMs) } : {}),
        ...(after.isGone || before.isGone ? ({ gap: true } as const) : {}),
      };
      if (before.isGone) return { events: [], more: false, ...facts };
      const between = { after: after.place, before: before.place, untilMs };
      const { places, ...found } = await gather(connection, streamsOf(query), query, between);
      for (const [id, place] of places) cursors.remember(id, place);
      return { ...found, ...facts };
    },
  };
}

interface Between {
  readonly after: Place | undefined;
  readonly before: Place | undefined;
  readonly untilMs: number;
}

/** The events that are meant between two places: from the one on, or up to the other if the query says `before`. */
async function gather(
  connection: LedgerConnection,
  streams: readonly EventStream[],
  query: EventQuery,
  { after, before, untilMs }: Between,
): Promise<FoundEvents & { readonly places: ReadonlyMap<string, Place> }> {
  const forwards = query.before === undefined;
  const way = { forwards, sinceMs: after?.ms, untilMs: Math.min(before?.ms ?? untilMs, untilMs) };
  const events = new Map<string, MatchstickEvent>();
  const places = new Map<string, Place>();
  let unreadable = 0;
  let more = false;
  for await (const { event, place } of eventsOf(connection, streams, way)) {
    if (after && comparePlaces(place, after) <= 0) continue;
    if (before && comparePlaces(place, before) >= 0) continue;
    if (!event) unreadable++;
    else if (!events.has(event.id) && isMeant(event, query)) {
      more = events.size === query.limit;
      if (more) break;
      events.set(event.id, event);
      places.set(event.id, place);
    }
  }
  const found = [...events.values()];
  return {
    events: forwards ? found : found.reverse(),
    more,
    places,
    ...(unreadable > 0 ? { unreadable } : {}),
  };
}
