import { randomBytes } from 'node:crypto';
import type { BurnLedger } from '../../src/burn/ledger.ts';
import type { RedisTarget } from '../../src/redis/client.ts';
import { connectLedger } from '../../src/redis/connection.ts';
import { redisLedger } from '../../src/redis/redis-ledger.ts';

/** What makes ledgers that tests open one ledger. */
export const TEST_LEDGER = { namespace: 'test', issuer: 'https://cap.example.test', shards: 4 };

/** One instance's ledger on a Redis server. */
export function openRedisLedger(
  redis: string | RedisTarget,
  { timeoutMs = 1000, shards = TEST_LEDGER.shards } = {},
): BurnLedger {
  const monotonicMs = () => performance.now();
  const target = typeof redis === 'string' ? { url: redis } : redis;
  const connection = connectLedger(target, { timeoutMs, monotonicMs });
  return redisLedger({ ...TEST_LEDGER, connection, shards, randomBytes, nowMs: Date.now, monotonicMs });
}
