import type { BurnLedger } from './burn-ledger.ts';
import type { Deposits } from './deposits.ts';
import { drawEpoch, memoryLedger, type ProcessLedgerOptions } from './memory/burns.ts';
import { memoryDeposits } from './memory/deposits.ts';

/** A ledger and the deposits in the same memory, which live and end together. */
export interface LedgerMemory {
  readonly ledger: BurnLedger;
  readonly deposits: Deposits;
}

/** Both for one process: what they remember ends with it. */
export function processMemory({
  nowMs,
  randomBytes,
  epoch = drawEpoch(randomBytes),
}: ProcessLedgerOptions): LedgerMemory {
  return {
    ledger: memoryLedger({ nowMs, randomBytes, epoch }),
    deposits: memoryDeposits({ nowMs, epoch }),
  };
}
