import { randomBytes } from 'node:crypto';
import type { RedisTarget } from '../../../src/redis/client.ts';
import { connectLedger } from '../../../src/redis/connection.ts';
import { redisLedger } from '../../../src/redis/redis-ledger.ts';
import { naiveLedger } from '../naive-ledger.ts';
import type { Instance } from './workload.ts';

const TIMEOUT_MS = 500;

export interface InstanceOptions {
  readonly timeoutMs?: number;
  readonly shards?: number;
  /** How far this instance's clocks are ahead. */
  readonly aheadMs?: number;
}

export function openInstance(name: string, target: RedisTarget, options: InstanceOptions = {}): Instance {
  const { timeoutMs = TIMEOUT_MS, shards = 4, aheadMs = 0 } = options;
  const monotonicMs = () => performance.now() + aheadMs;
  const ledger = redisLedger({
    connection: connectLedger(target, { timeoutMs, monotonicMs }),
    namespace: 'test',
    issuer: 'https://cap.example.test',
    shards,
    randomBytes,
    nowMs: () => Date.now() + aheadMs,
    monotonicMs,
  });
  return { name, ledger };
}

export function openNaiveInstance(name: string, target: RedisTarget): Instance {
  const monotonicMs = () => performance.now();
  const connection = connectLedger(target, { timeoutMs: TIMEOUT_MS, monotonicMs });
  return { name, ledger: naiveLedger(connection, Date.now) };
}

export function closeInstances(instances: readonly Instance[]): Promise<unknown> {
  return Promise.all(instances.map(({ ledger }) => ledger.close()));
}
