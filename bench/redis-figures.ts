import { Redis } from 'ioredis';
import type { RedisServer } from '../test/support/redis-server.ts';

const SET_ONCE = "return redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[1])";
const LIFETIME_SECONDS = 900;
/** Of `burned:` and a jti as long as the service's. */
const KEY_CHARACTERS = 52;

/** What Redis itself has counted of scripts so far. */
export async function scriptTime(
  server: RedisServer,
): Promise<{ readonly calls: number; readonly us: number }> {
  const stats = String(await server.command('INFO', 'commandstats'));
  const counted = [...stats.matchAll(/cmdstat_(?:eval|evalsha|fcall):calls=(\d+),usec=(\d+)/g)];
  const sum = (index: number) => counted.reduce((total, found) => total + Number(found[index]), 0);
  return { calls: sum(1), us: sum(2) };
}

/** Microseconds of script time for each call that `work` makes. */
export async function usPerScript(server: RedisServer, work: () => Promise<unknown>): Promise<number> {
  const before = await scriptTime(server);
  await work();
  const after = await scriptTime(server);
  return (after.us - before.us) / (after.calls - before.calls);
}

export async function usedBytes(server: RedisServer): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(String(await server.command('INFO', 'memory')))?.[1]);
}

/** The floor of a burn in Redis: a script of one line that sets a key once. */
export interface FloorScript {
  run(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function floorScript({ url }: RedisServer, atOnce: number): Promise<FloorScript> {
  const redis = new Redis(url);
  const sha = String(await redis.script('LOAD', SET_ONCE));
  let keys = 0;
  return {
    run: async (count) => {
      const end = keys + count;
      const keepRunning = async () => {
        while (keys < end) {
          const key = `burned:${String(keys++).padStart(KEY_CHARACTERS, '0')}`;
          await redis.evalsha(sha, 1, key, LIFETIME_SECONDS);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, keepRunning));
    },
    close: async () => redis.disconnect(),
  };
}
