import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import { askShards } from '../../src/redis/ask.ts';
import type { LedgerConnection } from '../../src/redis/connection.ts';
import { ledgerFreeze } from '../../src/redis/freeze.ts';
import { redisLedger } from '../../src/redis/ledger.ts';

/** What a service, and the command that freezes, are made of. */
export interface Means {
  readonly connection: LedgerConnection;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly nowMs: () => number;
}

const LEDGER = { namespace: 'faults', issuer: 'https://cap.example.test', shards: 1 };

/** An instance's ledger, which has heard of nothing yet. */
export function newLedger({ connection, randomBytes, nowMs }: Means): BurnLedger {
  const options = { ...LEDGER, connection, randomBytes, nowMs, monotonicMs: nowMs };
  return redisLedger(options, askShards(options));
}

/** What freezes and thaws: a process of its own for each command. */
export function freezing({ connection, randomBytes, nowMs }: Means) {
  return ledgerFreeze({ ...LEDGER, connection, randomBytes, monotonicMs: nowMs });
}

/** The same octets in every run of a story, and none of them twice in one. */
export function repeatableBytes(): (size: number) => Uint8Array {
  let state = 1;
  return (size) => {
    const octets = new Uint8Array(size);
    for (let index = 0; index < size; index++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      octets[index] = state >>> 24;
    }
    return octets;
  };
}
