import type { Options } from './options.ts';
import { type Measured, type Row, rowOf } from './report.ts';

/** A turn ends when its time is over or so many requests were asked, whichever comes first. */
export interface Limits {
  readonly seconds: number;
  readonly requests: number;
}

/** One of the things that take turns. */
export interface Contestant {
  readonly name: string;
  /** The contestant that it is compared with, if any. */
  readonly to?: string;
  /** Does it until then, and says what that took. */
  turn(limits: Limits): Promise<Measured>;
}

/** However slow the machine is. */
const LONGEST_WARM_UP_SECONDS = 30;

/**
 * Lets all take their turn once, for warming up, and then once in each round, always one after the other: what else
 * the machine does in the meantime falls on all of them alike. `compared` names the figures whose ratios count.
 */
export async function takeTurns(
  contestants: readonly Contestant[],
  { rounds, seconds, warmUp }: Pick<Options, 'rounds' | 'seconds' | 'warmUp'>,
  compared: readonly string[],
): Promise<readonly Row[]> {
  const first = { seconds: LONGEST_WARM_UP_SECONDS, requests: warmUp };
  const then = { seconds, requests: Number.POSITIVE_INFINITY };
  const measured = new Map<string, Measured[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, turn } of contestants) {
      const found = await turn(round === 0 ? first : then);
      if (round > 0) measured.get(name)?.push(found);
    }
  }
  return contestants.map(({ name, to }) => {
    const own = measured.get(name) ?? [];
    const base = to === undefined ? undefined : measured.get(to);
    return to === undefined || !base
      ? rowOf(name, own)
      : rowOf(name, own, { name: to, rounds: base, compared });
  });
}
