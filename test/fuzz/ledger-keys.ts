import type { RedisServer } from '../support/redis-server.ts';
import { Find } from './target.ts';

export const SHARDS = 4;
/** Longer than anything is remembered: an hour of life, two of a subject bucket, and what is put on top. */
const LONGEST_SECONDS = 5 * 3600;
/** Of events, after the last of them. */
const STREAM_SECONDS = 90 * 24 * 3600;

/** Every key of the ledger ends by itself and soon, but for the meta keys and the events of its shards. */
export async function expectKeysEnd(redis: RedisServer): Promise<void> {
  for (const key of await keysOf(redis)) {
    if (Number(/:\{(\d+)\}:m$/.exec(key)?.[1]) < SHARDS) continue;
    const seconds = Number(await redis.command('TTL', key));
    const isStream = /:\{\d+\}:[en]$/.test(key);
    if (seconds !== -1 && seconds <= (isStream ? STREAM_SECONDS : LONGEST_SECONDS)) continue;
    throw new Find(`the key ${key} lives for ${seconds} seconds`);
  }
}

async function keysOf(redis: RedisServer): Promise<readonly string[]> {
  const all: string[] = [];
  let cursor = '0';
  do {
    const [next, keys] = (await redis.command('SCAN', cursor, 'COUNT', 1000)) as [string, string[]];
    all.push(...keys);
    cursor = next;
  } while (cursor !== '0');
  return all;
}
