import { randomBytes } from 'node:crypto';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import { memoryLedger, type ProcessLedgerOptions } from '../../src/ledger/memory/burns.ts';
import type { World } from './follows-model.ts';
import type { StepRules } from './steps.ts';

/** Where time is a number, everything may lapse. */
export const MEMORY_RULES: StepRules = {
  weights: {
    mint: 8,
    'register-again': 2,
    redeem: 16,
    hold: 16,
    commit: 8,
    release: 12,
    collect: 16,
    revoke: 2,
    'revoke-subject': 2,
    'revoke-key': 2,
    inspect: 8,
    lapse: 8,
    restart: 1,
  },
  holdSeconds: [1, 20, 300],
  lifetimeSeconds: [5, 60, 600, 3600],
  lapseSeconds: [1, 1, 2, 20, 61, 299, 301, 900, 4000],
  maxSteps: 60,
};

const SOME_MOMENT_MS = 1_800_000_000_000;

/** A memory ledger, perhaps a broken one, in a time of its own, which goes on with every other question. */
export function memoryWorld(open: (options: ProcessLedgerOptions) => BurnLedger = memoryLedger): World {
  let nowMs = SOME_MOMENT_MS;
  let questions = 0;
  const start = () => open({ nowMs: () => nowMs, randomBytes });
  let ledger = start();
  return {
    ledger: () => {
      nowMs += questions++ % 2;
      return ledger;
    },
    nowMs: () => nowMs,
    lapse: async (seconds) => {
      nowMs += seconds * 1000;
    },
    restart: async () => {
      ledger = start();
    },
    loseReply: () => {},
    keepReplies: () => {},
  };
}
