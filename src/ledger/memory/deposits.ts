import type { DepositLock, DepositPlace, Deposits } from '../deposits.ts';

export interface MemoryDepositsOptions {
  readonly nowMs: () => number;
  /** The one that lives: that of the ledger in the same memory. */
  readonly epoch: string;
}

interface Kept {
  readonly contents: string;
  readonly untilMs: number;
  readonly lock?: DepositLock;
  readonly wrongGuesses: number;
}

const FORGET_EVERY_MS = 60_000;

/** The deposits of one process, which are gone with it. */
export function memoryDeposits({ nowMs, epoch }: MemoryDepositsOptions): Deposits {
  const deposits = new Map<string, Kept>();
  let forgottenAtMs = nowMs();

  function forgetEnded(): void {
    if (Math.abs(nowMs() - forgottenAtMs) < FORGET_EVERY_MS) return;
    forgottenAtMs = nowMs();
    for (const [key, { untilMs }] of deposits) if (untilMs <= forgottenAtMs) deposits.delete(key);
  }

  function find(place: DepositPlace): Kept | undefined {
    forgetEnded();
    const kept = deposits.get(keyOf(place));
    return kept && nowMs() < kept.untilMs ? kept : undefined;
  }

  return {
    shardOf: () => 0,
    put: async (deposit) => {
      if (deposit.epoch !== epoch) return false;
      const before = find(deposit);
      const lock = before?.lock ?? deposit.lock;
      deposits.set(keyOf(deposit), {
        contents: deposit.contents,
        untilMs: deposit.untilMs,
        wrongGuesses: before?.wrongGuesses ?? 0,
        ...(lock && { lock }),
      });
      return true;
    },
    find: async (place) => {
      const kept = find(place);
      if (!kept?.lock) return kept && { contents: kept.contents };
      return { contents: kept.contents, triesLeft: kept.lock.tries - kept.wrongGuesses };
    },
    guess: async (place, answer) => {
      const kept = find(place);
      if (!kept) return { outcome: 'gone' };
      const { lock, wrongGuesses, contents } = kept;
      if (!lock) return { outcome: 'open', contents };
      const triesLeft = lock.tries - wrongGuesses;
      if (triesLeft <= 0) return { outcome: 'wrong', contents, triesLeft: 0 };
      if (answer === lock.answer) return { outcome: 'right', contents, triesLeft };
      deposits.set(keyOf(place), { ...kept, wrongGuesses: wrongGuesses + 1 });
      return { outcome: 'wrong', contents, triesLeft: triesLeft - 1 };
    },
  };
}

function keyOf({ shard, name }: DepositPlace): string {
  return `${shard} ${name}`;
}
