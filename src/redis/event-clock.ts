import type { LedgerConnection } from './connection.ts';
import { UnexpectedReplyError } from './reply.ts';

/** Longer than a millisecond, by any clock that goes. */
const A_MOMENT_MS = 2;

/**
 * A time, in unix milliseconds, up to which streams gain no more entries, on whichever of the servers they are: who goes
 * on behind what was read until then misses nothing. It is that of the server whose clock is last, a moment ago.
 */
export async function settledMs(connection: LedgerConnection): Promise<number> {
  const times = await connection.answer(async (redis) => {
    const servers = 'nodes' in redis ? redis.nodes('master') : [redis];
    const asked = await Promise.allSettled(servers.map((server) => server.time()));
    const told = asked.flatMap((each) => (each.status === 'fulfilled' ? [timeIn(each.value)] : []));
    const [failure] = asked.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    // One that does not answer cannot be read either, if it has a stream at all.
    if (told.length === 0) throw failure ?? new Error('no master of the cluster is known');
    return told;
  });
  await new Promise((resolve) => setTimeout(resolve, A_MOMENT_MS));
  return Math.min(...times);
}

/** Unix milliseconds in a reply to TIME. */
function timeIn(reply: unknown): number {
  const [seconds, microseconds]: readonly unknown[] = Array.isArray(reply) ? reply : [];
  const ms = Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  if (!Number.isSafeInteger(ms)) throw new UnexpectedReplyError();
  return ms;
}
