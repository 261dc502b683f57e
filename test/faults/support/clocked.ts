import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import { type FakeClock, startFakeClock } from './fake-clock.ts';

/** A Redis whose clock a trial sets. */
export interface ClockedRedis extends FakeClock {
  readonly redis: RedisServer;
}

export async function startClockedRedis(args: readonly string[] = [], seconds = 0): Promise<ClockedRedis> {
  const clock = await startFakeClock(seconds);
  const redis = await startRedis(args, clock.env);
  return {
    ...clock,
    redis,
    close: async () => {
      await redis.close();
      await clock.close();
    },
  };
}

/** By how much the clock must differ from the real one to be at this moment now. */
export function secondsTo(unixSeconds: number): number {
  return unixSeconds - Date.now() / 1000;
}
