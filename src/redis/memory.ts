import type { LedgerMemory } from '../ledger/memory.ts';
import { askShards } from './ask.ts';
import { redisDeposits } from './deposits.ts';
import { redisLedger, type ShardedLedgerOptions } from './ledger.ts';

/** A ledger and its deposits, asked over one connection: what one hears of a lost memory, both know. */
export function redisMemory(options: ShardedLedgerOptions): LedgerMemory {
  const shards = askShards(options);
  return { ledger: redisLedger(options, shards), deposits: redisDeposits(shards, options.shards) };
}
