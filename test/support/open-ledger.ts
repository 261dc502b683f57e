import { randomBytes } from 'node:crypto';
import type { BurnLedger } from '../../src/burn/ledger.ts';
import type { RedisTarget } from '../../src/redis/client.ts';
import { connectLedger } from '../../src/redis/connection.ts';
import { redisLedger } from '../../src/redis/redis-ledger.ts';

/** One instance's ledger on a Redis server. */
export function openRedisLedger(
  redis: string | RedisTarget,
  { timeoutMs = 1000, shards = 4 } = {},
): BurnLedger {
  const monotonicMs = () => performance.now();
  return redisLedger({
    connection: connectLedger(typeof redis === 'string' ? { url: redis } : redis, { timeoutMs, monotonicMs }),
    namespace: 'test',
    issuer: 'https://cap.example.test',
    shards,
    randomBytes,
    nowMs: Date.now,
    monotonicMs,
  });
}
