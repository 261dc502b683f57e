import { z as full } from 'zod';
import * as z from 'zod/mini';
import { MatchstickError } from '../../errors.ts';
import { eventSchema } from '../../events/event.ts';
import type { Operations } from '../../operations/all.ts';
import { eventsQuery } from '../../operations/events.ts';
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
  /** The oldest event that is kept at all. */
  keptSince: z.exactOptional(z.iso.datetime()),
  /** The event that was named is kept no longer: these are the oldest that are. */
  gap: z.exactOptional(z.literal(true)),
});

const EVENT_STREAM = 'text/event-stream';

export function eventsRoute({ events }: Operations, follow: FollowEvents) {
  return route({
    method: 'GET',
    path: '/v1/events',
    summary: 'What happened, oldest first; with Accept: text/event-stream, what happens from now on',
    query: eventsQuery,
    headers: full.object({ accept: full.string().optional(), 'last-event-id': full.string().optional() }),
    replies: { 200: { description: 'Events', body: listedEvents } },
    problems: ['rate_limited', 'ledger_unavailable'],
  }).forCallers(async ({ query, headers, occasion }, caller) => {
    const isFollowed = headers.accept?.toLowerCase().includes(EVENT_STREAM) ?? false;
    const lastEventId = isFollowed ? headers['last-event-id'] : undefined;
    // Also for who follows: it decides whether they may.
    const found = await events.perform(isFollowed ? { ...query, limit: 1 } : query, caller, occasion);
    if (found instanceof MatchstickError || !isFollowed) return reply(200, found);
    const feed = await follow(query, caller, lastEventId ?? query.after);
    if (feed instanceof MatchstickError) return feed;
    const headersSent = { ...COMMON_HEADERS, 'Content-Type': EVENT_STREAM, 'X-Accel-Buffering': 'no' };
    return { status: 200, headers: headersSent, body: ': matchstick events\n\n', more: feed };
  });
}
