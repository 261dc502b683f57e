import type { ScriptName } from './scripts.ts';

/** Hears how long a script took to answer, tries included, and whether it did. */
export type ObserveScript = (operation: ScriptName, outcome: 'ok' | 'unavailable', seconds: number) => void;

/** Runs what asks a script, and tells how that went. */
export type Observed = <T>(operation: ScriptName, ask: () => Promise<T>) => Promise<T>;

export function observed(monotonicMs: () => number, observe: ObserveScript | undefined): Observed {
  if (!observe) return (_operation, ask) => ask();
  return async (operation, ask) => {
    const askedMs = monotonicMs();
    let outcome: 'ok' | 'unavailable' = 'unavailable';
    try {
      const answer = await ask();
      outcome = 'ok';
      return answer;
    } finally {
      observe(operation, outcome, (monotonicMs() - askedMs) / 1000);
    }
  };
}
