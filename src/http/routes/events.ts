import { z as full } from 'zod';
import * as z from 'zod/mini';
import { MatchstickError } from '../../errors.ts';
import { eventSchema } from '../../events/event.ts';
import { NOW } from '../../events/store.ts';
import type { Operations } from '../../operations/all.ts';
import { type EventsQuery, eventsQuery } from '../../operations/events.ts';
import { COMMON_HEADERS } from '../../problem.ts';
import type { FollowEvents } from '../event-feed.ts';
import { reply, route } from '../route.ts';

const listedEvents = z.strictObject({
  /** Oldest first. */
  events: z.readonly(z.array(eventSchema)),
  /** Whether there are more in the same direction. */
  more: z.boolean(),
  /** What to send as `after` for those that come after these. */
  next: z.exactOptional(z.string()),
  /** Of what has happened since then, everything is kept. */
  keptSince: z.exactOptional(z.iso.datetime()),
  /** The event that was named is kept no longer: some between may be missing. */
  gap: z.exactOptional(z.literal(true)),
  /** So many entries are of another version, and are left out. */
  unreadable: z.exactOptional(z.int().check(z.positive())),
});

const EVENT_STREAM = 'text/event-stream';
/** A weight of 0 says that it is not acceptable (RFC 9110 section 12.4.2). */
const ASKS_FOR_STREAM = /(?:^|,)\s*text\/event-stream\s*(?:,|$|;(?!\s*q=0(?:\.0*)?\s*(?:,|$)))/i;
/** Asked also for who follows: it decides whether they may, and what happens after it is to come. */
const THE_NEWEST: EventsQuery = { before: NOW, limit: 1 };

export function eventsRoute({ events }: Operations, follow: FollowEvents) {
  return route({
    operationId: 'listEvents',
    method: 'GET',
    path: '/v1/events',
    summary: 'What happened, oldest first; with Accept: text/event-stream, what happens from now on',
    query: eventsQuery,
    headers: full.object({ accept: full.string().optional(), 'last-event-id': full.string().optional() }),
    replies: { 200: { description: 'Events', body: listedEvents } },
    streams: true,
    problems: ['rate_limited', 'ledger_unavailable'],
  }).forCallers(async ({ query, headers, occasion }, caller) => {
    const isFollowed = ASKS_FOR_STREAM.test(headers.accept ?? '');
    const found = await events.perform(isFollowed ? THE_NEWEST : query, caller, occasion);
    if (found instanceof MatchstickError || !isFollowed) return reply(200, found);
    const named = headers['last-event-id'] || query.after;
    const feed = follow(query, caller, named ?? found.next);
    if (feed instanceof MatchstickError) return feed;
    const headersSent = { ...COMMON_HEADERS, 'Content-Type': EVENT_STREAM, 'X-Accel-Buffering': 'no' };
    // Who comes back before anything has happened misses nothing either.
    const start = named === undefined && found.next !== undefined ? `id: ${found.next}\n` : '';
    return { status: 200, headers: headersSent, body: `: matchstick events\n${start}\n`, more: feed };
  });
}
