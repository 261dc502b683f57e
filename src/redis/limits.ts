import { hash } from 'node:crypto';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { MatchstickError } from '../errors.ts';
import type { LimitedBy, Limits, Taken } from '../limits/limit.ts';
import type { LedgerConnection } from './connection.ts';
import { limitPrefix } from './keys.ts';
import { UnexpectedReplyError } from './reply.ts';
import { SOURCES } from './scripts/sources.ts';

export interface RedisLimitsOptions {
  readonly connection: LedgerConnection;
  readonly namespace: string;
  readonly issuer: string;
}

const DIGEST_CHARACTERS = 22;

/**
 * The limits of every instance on one Redis. Whoever takes and gets no answer asks again, and may take twice; whoever
 * gives back asks once. So somebody who is near a limit may be refused too early, and nobody too late.
 */
export function redisLimits({ connection, namespace, issuer }: RedisLimitsOptions): Limits {
  const limiters = new Map<string, RateLimiterRedis>();

  function limiterOf({ limit, quota: { count, perSeconds } }: LimitedBy): RateLimiterRedis {
    // Settings that differ, as while instances are changed one by one, count for themselves.
    const name = `${limit}:${count}:${perSeconds}`;
    const limiter =
      limiters.get(name) ??
      new RateLimiterRedis({
        storeClient: connection.redis,
        keyPrefix: `${limitPrefix(namespace, issuer)}:${name}`,
        points: count,
        duration: perSeconds,
        customIncrTtlLuaScript: SOURCES.limit,
        rejectIfRedisNotReady: true,
      });
    limiters.set(name, limiter);
    return limiter;
  }

  return {
    take: async (by, amount = 1) => {
      const limiter = limiterOf(by);
      return connection.answer(() => consume(limiter, digestOf(by), amount));
    },
    giveBack: async (by, amount = 1) => {
      const limiter = limiterOf(by);
      const given = connection.askOnce(async () => understood(await limiter.reward(digestOf(by), amount)));
      await given.catch((error: unknown) => {
        if (!(error instanceof MatchstickError)) throw error;
      });
    },
  };
}

/** Limited is an answer; anything else that is thrown says that there was none. */
async function consume(limiter: RateLimiterRedis, key: string, amount: number): Promise<Taken> {
  try {
    understood(await limiter.consume(key, amount));
    return { allowed: true };
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    const { consumedPoints, msBeforeNext } = understood(error);
    const retryAfterSeconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
    return { allowed: false, retryAfterSeconds, isFirst: consumedPoints === limiter.points + 1 };
  }
}

/** A reply that is no count belongs to another question: the limiter would take it for a yes. */
function understood(answer: RateLimiterRes): RateLimiterRes {
  const { consumedPoints, msBeforeNext } = answer;
  if (!Number.isSafeInteger(consumedPoints) || !Number.isSafeInteger(msBeforeNext)) {
    throw new UnexpectedReplyError();
  }
  return answer;
}

/** Redis knows no subject and no address. */
function digestOf({ key }: LimitedBy): string {
  return hash('sha256', key, 'base64url').slice(0, DIGEST_CHARACTERS);
}
