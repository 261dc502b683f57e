import { randomBytes } from 'node:crypto';
import type { BurnLedger } from '../../src/burn/ledger.ts';
import { connectLedger } from '../../src/redis/connection.ts';
import { redisLedger } from '../../src/redis/redis-ledger.ts';

/** One instance's ledger on a Redis server. */
export function openRedisLedger(url: string, { timeoutMs = 1000, shards = 4 } = {}): BurnLedger {
  const monotonicMs = () => performance.now();
  return redisLedger({
    connection: connectLedger(url, { timeoutMs, monotonicMs }),
    namespace: 'test',
    issuer: 'https://cap.example.test',
    shards,
    randomBytes,
    nowMs: Date.now,
    monotonicMs,
  });
}
