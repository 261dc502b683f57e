import { createHash } from 'node:crypto';
import type { MatchstickEvent } from '../events/event.ts';
import type { LedgerClient } from './client.ts';
import type { LedgerConnection } from './connection.ts';
import { eventEntry, parseEventEntry } from './event-record.ts';
import { entriesIn } from './event-stream.ts';
import { UnexpectedReplyError } from './reply.ts';
import { SOURCES } from './scripts/sources.ts';
import { runScript, type Script } from './scripts.ts';

/** How long events stay of which no more come. */
const UNUSED_MS = 90 * 86_400_000;
/** How far back is looked for what may have been written before. */
const MOST_LOOKED_AT = 1000;

/** How many events one script adds: everybody else waits for it. */
const MOST_AT_ONCE = 100;

const KEEP_EVENTS: Script = {
  name: 'keep-events',
  source: SOURCES['keep-events'],
  sha1: createHash('sha1').update(SOURCES['keep-events']).digest('hex'),
  keys: [],
  args: [],
};

/** Writes events into streams of about so many entries, each with the key that `keyFor` says. */
export function addEvents(
  connection: Pick<LedgerConnection, 'answer'>,
  keyFor: (event: MatchstickEvent) => string,
  most: number,
): (events: readonly MatchstickEvent[]) => Promise<void> {
  /** Whether what was written last may be there, although nobody said so. */
  let isUnsure = false;
  let tries = 0;

  async function add(redis: LedgerClient, key: string, events: readonly MatchstickEvent[]): Promise<void> {
    // No key stays for ever.
    const args = [String(most), String(UNUSED_MS), ...events.flatMap(eventEntry)];
    const added = await runScript(redis, KEEP_EVENTS, { keys: [key], args });
    if (added !== events.length) throw new UnexpectedReplyError();
  }

  return async (events) => {
    await connection.answer(async (redis) => {
      const thisOne = ++tries;
      const missing = isUnsure ? await missingOf(events, keyFor, redis) : events;
      // It was given up, and what it has just learned is old: the next one has looked by itself.
      if (thisOne !== tries) throw new DOMException('it took too long', 'TimeoutError');
      isUnsure = true;
      const batches = batchesOf(missing, keyFor);
      await Promise.all(batches.map(({ key, batch }) => add(redis, key, batch)));
      if (thisOne === tries) isUnsure = false;
    });
  };
}

interface Batch {
  readonly key: string;
  readonly batch: MatchstickEvent[];
}

/** The events of each stream, in their order. */
function batchesOf(
  events: readonly MatchstickEvent[],
  keyFor: (event: MatchstickEvent) => string,
): readonly Batch[] {
  const batches: Batch[] = [];
  const open = new Map<string, Batch>();
  for (const event of events) {
    const key = keyFor(event);
    let last = open.get(key);
    if (!last || last.batch.length === MOST_AT_ONCE) {
      last = { key, batch: [] };
      open.set(key, last);
      batches.push(last);
    }
    last.batch.push(event);
  }
  return batches;
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
