import type { MatchstickEvent } from '../events/event.ts';
import type { LedgerClient } from './client.ts';
import type { LedgerConnection } from './connection.ts';
import { eventEntry, parseEventEntry } from './event-record.ts';
import { entriesIn } from './event-stream.ts';
import { sendGathered } from './named-command.ts';
import { UnexpectedReplyError } from './reply.ts';

/** How long events stay of which no more come. */
const UNUSED_MS = 90 * 86_400_000;
/** How far back is looked for what may have been written before. */
const MOST_LOOKED_AT = 1000;

/** Writes events into streams of about so many entries, each with the key that `keyFor` says. */
export function addEvents(
  connection: LedgerConnection,
  keyFor: (event: MatchstickEvent) => string,
  most: number,
): (events: readonly MatchstickEvent[]) => Promise<void> {
  /** Whether what was written last may be there, although nobody said so. */
  let isUnsure = false;
  const bound = ['MAXLEN', '~', String(most), '*'] as const;

  return async (events) => {
    await connection.answer(async (redis) => {
      const missing = isUnsure ? await missingOf(events, keyFor, redis) : events;
      isUnsure = true;
      const added = missing.map((event) =>
        sendGathered(redis, 'xadd', [keyFor(event), ...bound, ...eventEntry(event)]),
      );
      for (const id of await Promise.all(added))
        if (!/^\d+-\d+$/.test(String(id))) throw new UnexpectedReplyError();
      // No key stays for ever.
      const keys = new Set(missing.map(keyFor));
      await Promise.all([...keys].map((key) => redis.pexpire(key, UNUSED_MS)));
      isUnsure = false;
    });
  };
}

/** Those that are not among the newest of their streams. */
async function missingOf(
  events: readonly MatchstickEvent[],
  keyFor: (event: MatchstickEvent) => string,
  redis: LedgerClient,
): Promise<readonly MatchstickEvent[]> {
  const kept = new Set<string>();
  for (const key of new Set(events.map(keyFor))) {
    const newest = await redis.xrevrange(key, '+', '-', 'COUNT', MOST_LOOKED_AT);
    for (const { fields } of entriesIn(newest)) {
      const id = parseEventEntry(fields, 0)?.id;
      if (id !== undefined) kept.add(id);
    }
  }
  return events.filter(({ id }) => !kept.has(id));
}
