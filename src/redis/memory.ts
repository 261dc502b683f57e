import type { Remembered } from '../ledger/memory.ts';
import { askShards } from './ask.ts';
import { redisDeposits } from './deposits.ts';
import { type RedisLedgerOptions, redisLedger } from './ledger.ts';

/** A ledger and its deposits, asked over one connection: what one hears of a lost memory, both know. */
export function inRedis(options: RedisLedgerOptions): Remembered {
  const shards = askShards(options);
  return { ledger: redisLedger(options, shards), deposits: redisDeposits(shards) };
}
