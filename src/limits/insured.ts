import { MatchstickError } from '../errors.ts';
import type { Limits } from './limit.ts';

/** Asks others when the first cannot answer; never because they said no. */
export function insured(limits: Limits, others: Limits): Limits {
  return {
    take: (by, amount) => limits.take(by, amount).catch(orElse(() => others.take(by, amount))),
    giveBack: (by, amount) => limits.giveBack(by, amount).catch(orElse(() => others.giveBack(by, amount))),
  };
}

function orElse<T>(ask: () => Promise<T>): (error: unknown) => Promise<T> {
  return (error) => {
    if (error instanceof MatchstickError && error.code === 'ledger_unavailable') return ask();
    throw error;
  };
}
