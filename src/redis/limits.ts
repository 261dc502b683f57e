import { createHash } from 'node:crypto';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { LimitedBy, Limits } from '../limits/limit.ts';
import type { LedgerConnection } from './connection.ts';
import { limitPrefix } from './keys.ts';

export interface RedisLimitsOptions {
  readonly connection: LedgerConnection;
  readonly namespace: string;
  readonly issuer: string;
}

const DIGEST_CHARACTERS = 22;

/**
 * The limits of every instance on one Redis. A question whose reply was lost is asked again and may count twice: who is
 * near a limit may be refused too early, and nobody too late.
 */
export function redisLimits({ connection, namespace, issuer }: RedisLimitsOptions): Limits {
  const limiters = new Map<string, RateLimiterRedis>();

  function limiterOf({ limit, quota: { count, perSeconds } }: LimitedBy): RateLimiterRedis {
    const name = `${limit} ${count} ${perSeconds}`;
    const limiter =
      limiters.get(name) ??
      new RateLimiterRedis({
        storeClient: connection.redis,
        keyPrefix: `${limitPrefix(namespace, issuer)}:${limit}`,
        points: count,
        duration: perSeconds,
        rejectIfRedisNotReady: true,
      });
    limiters.set(name, limiter);
    return limiter;
  }

  return {
    take: async (by, amount = 1) => {
      const limiter = limiterOf(by);
      const taken = await connection.answer(() => consume(limiter, digestOf(by), amount));
      if (taken.allowed) return taken;
      // Redis counts what it refuses too; several at once must not use up what one alone may still have.
      if (amount > 1) await connection.answer(() => limiter.reward(digestOf(by), amount));
      return taken;
    },
    giveBack: async (by, amount = 1) => {
      const limiter = limiterOf(by);
      await connection.answer(() => limiter.reward(digestOf(by), amount));
    },
  };
}

/** Limited is an answer; anything else that is thrown says that there was none. */
async function consume(limiter: RateLimiterRedis, key: string, amount: number) {
  try {
    await limiter.consume(key, amount);
    return { allowed: true } as const;
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    const retryAfterSeconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
    const isFirst = error.consumedPoints - amount <= limiter.points;
    return { allowed: false, retryAfterSeconds, isFirst } as const;
  }
}

/** Redis knows no subject and no address. */
function digestOf({ key }: LimitedBy): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, DIGEST_CHARACTERS);
}
