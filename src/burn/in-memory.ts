import type { Deposits } from './deposits.ts';
import type { BurnLedger } from './ledger.ts';
import { memoryDeposits } from './memory-deposits.ts';
import { drawEpoch, type MemoryLedgerOptions, memoryLedger } from './memory-ledger.ts';

/** A ledger and the deposits in the same memory, which live and end together. */
export interface Remembered {
  readonly ledger: BurnLedger;
  readonly deposits: Deposits;
}

/** Both for one process: what they remember ends with it. */
export function inMemory({
  nowMs,
  randomBytes,
  epoch = drawEpoch(randomBytes),
}: MemoryLedgerOptions): Remembered {
  return {
    ledger: memoryLedger({ nowMs, randomBytes, epoch }),
    deposits: memoryDeposits({ nowMs, epoch }),
  };
}
