import { randomBytes } from 'node:crypto';
import type { Remembered } from '../../src/burn/in-memory.ts';
import type { BurnLedger } from '../../src/burn/ledger.ts';
import type { RedisTarget } from '../../src/redis/client.ts';
import { connectLedger } from '../../src/redis/connection.ts';
import { inRedis } from '../../src/redis/in-redis.ts';

/** What makes ledgers that tests open one ledger. */
export const TEST_LEDGER = { namespace: 'test', issuer: 'https://cap.example.test', shards: 4 };

/** One instance's ledger on a Redis server. */
export function openRedisLedger(
  redis: string | RedisTarget,
  options: { timeoutMs?: number; shards?: number } = {},
): BurnLedger {
  return openInRedis(redis, options).ledger;
}

/** The same with its deposits; closing the ledger closes them. */
export function openInRedis(
  redis: string | RedisTarget,
  { timeoutMs = 1000, shards = TEST_LEDGER.shards } = {},
): Remembered {
  const monotonicMs = () => performance.now();
  const target = typeof redis === 'string' ? { url: redis } : redis;
  const connection = connectLedger(target, { timeoutMs, monotonicMs });
  return inRedis({ ...TEST_LEDGER, connection, shards, randomBytes, nowMs: Date.now, monotonicMs });
}
