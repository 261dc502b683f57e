import { randomBytes } from 'node:crypto';
import type { EventToken, EventType, MatchstickEvent } from '../../src/events/event.ts';
import { newEventId } from '../../src/events/id.ts';
import type { EventQuery, EventStore } from '../../src/events/store.ts';
import { formatTokenId } from '../../src/token/id.ts';

/** The `jti` of a token of this shard. */
export function jtiIn(shard: number): string {
  const nowSeconds = Math.floor(Date.now() / 1000);
  return formatTokenId({
    ...{ shard, epoch: 'A'.repeat(16), generation: 0, uses: 1 },
    ...{ issuedAt: nowSeconds, expiresAt: nowSeconds + 900 },
    nonce: randomBytes(16).toString('base64url'),
  });
}

/** An event such as no ledger records. */
export function newEvent(
  token: EventToken = { jti: jtiIn(0) },
  type: EventType = 'token.minted',
  more: Partial<MatchstickEvent> = {},
): MatchstickEvent {
  return {
    v: 1,
    id: newEventId(Date.now(), randomBytes),
    time: new Date().toISOString(),
    type,
    outcome: 'ok',
    actor: { kind: 'caller', id: 'main' },
    token,
    instance: 'host/1',
    ...more,
  };
}

export const idsOf = (events: readonly MatchstickEvent[]): readonly string[] => events.map(({ id }) => id);

/** The ids of all that a question means, page by page. */
export async function pagedIds(
  store: EventStore,
  query: Omit<EventQuery, 'limit'>,
  limit: number,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let after = query.after; ; after = ids.at(-1)) {
    const page = { ...query, ...(after === undefined ? {} : { after }), limit };
    const { events, more } = await store.find(page);
    ids.push(...idsOf(events));
    if (!more) return ids;
  }
}
