import type { LedgerConnection } from './connection.ts';
import { type EventStream, entriesIn } from './event-stream.ts';

export interface BoundedStream extends EventStream {
  /** About how many entries it keeps. */
  readonly most: number;
}

/** From when to when streams have entries, in unix milliseconds by the clock of Redis. Undefined while they have none. */
export interface Extent {
  /** Since when nothing was cut off. */
  readonly wholeSinceMs: number;
  readonly newestMs: number;
}

/** The stream that was cut last says since when nothing was cut off. If none was, the oldest entry does. */
export async function extentOf(
  connection: LedgerConnection,
  streams: readonly BoundedStream[],
): Promise<Extent | undefined> {
  const ends = await Promise.all(
    streams.map(async ({ key, most }) => {
      const [length, first, last] = await connection.answer((redis) =>
        Promise.all([
          redis.xlen(key),
          redis.xrange(key, '-', '+', 'COUNT', 1),
          redis.xrevrange(key, '+', '-', 'COUNT', 1),
        ]),
      );
      const [oldest] = entriesIn(first);
      const [newest] = entriesIn(last);
      return oldest && newest ? [{ oldestMs: oldest.ms, newestMs: newest.ms, isCut: length >= most }] : [];
    }),
  );
  const all = ends.flat();
  if (all.length === 0) return undefined;
  const cut = all.filter(({ isCut }) => isCut).map(({ oldestMs }) => oldestMs);
  return {
    wholeSinceMs: cut.length > 0 ? Math.max(...cut) : Math.min(...all.map(({ oldestMs }) => oldestMs)),
    newestMs: Math.max(...all.map(({ newestMs }) => newestMs)),
  };
}
