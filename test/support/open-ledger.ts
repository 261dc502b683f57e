import { randomBytes } from 'node:crypto';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import type { LedgerMemory } from '../../src/ledger/memory.ts';
import type { RedisTarget } from '../../src/redis/client.ts';
import { connectLedger } from '../../src/redis/connection.ts';
import { redisMemory } from '../../src/redis/memory.ts';
import { type Tampering, tampered } from './tampered-scripts.ts';

/** What makes ledgers that tests open one ledger. */
export const TEST_LEDGER = { namespace: 'test', issuer: 'https://cap.example.test', shards: 4 };

/** A busy machine may keep a server from answering for a second. */
const PATIENT_MS = 5000;

export interface OpenOptions {
  readonly timeoutMs?: number;
  readonly shards?: number;
  /** The name of the instance, and about how many events each shard keeps. Absent: none. */
  readonly instance?: string;
  readonly keepPerShard?: number;
}

/** One instance's ledger on a Redis server. */
export function openRedisLedger(redis: string | RedisTarget, options: OpenOptions = {}): BurnLedger {
  return openInRedis(redis, options).ledger;
}

/** One instance's ledger, whose scripts meet what `tampering` says at that moment. */
export function openTamperedLedger(
  url: string,
  tampering: Tampering,
  { timeoutMs = PATIENT_MS, ...ledger }: { timeoutMs?: number; shards?: number; namespace?: string } = {},
): BurnLedger {
  const monotonicMs = () => performance.now();
  const connection = tampered(connectLedger({ url }, { timeoutMs, monotonicMs }), tampering);
  const clocks = { nowMs: Date.now, monotonicMs };
  return redisMemory({ ...TEST_LEDGER, ...ledger, ...clocks, connection, randomBytes }).ledger;
}

/** One instance's ledger with its deposits; closing the ledger closes them. */
export function openInRedis(
  redis: string | RedisTarget,
  { timeoutMs = PATIENT_MS, ...options }: OpenOptions = {},
): LedgerMemory {
  const monotonicMs = () => performance.now();
  const target = typeof redis === 'string' ? { url: redis } : redis;
  const connection = connectLedger(target, { timeoutMs, monotonicMs });
  const clocks = { nowMs: Date.now, monotonicMs };
  return redisMemory({ ...TEST_LEDGER, ...options, ...clocks, connection, randomBytes });
}
