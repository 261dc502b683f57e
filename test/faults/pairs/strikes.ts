import type { NamedFault } from '../kinds/fault.ts';
import { within } from '../kinds/server.ts';
import type { Hearsay } from '../support/hearsay.ts';
import type { SeededRandom } from '../support/random.ts';
import type { Timing } from './pair.ts';

const PATIENCE_MS = 8000;

export interface StrikesOptions {
  readonly random: SeededRandom;
  readonly hearsay: Hearsay;
  /** Whether every instance has heard of something that an older state lacks. */
  readonly everybodyHasHeard: () => Promise<boolean>;
}

/** Two faults, step by step, with what they could not do. */
export class Strikes {
  readonly story: string[] = [];
  /** Steps that were not possible as things were. */
  readonly couldNot: string[] = [];
  readonly #options: StrikesOptions;
  readonly #areOneMemoryAgain: (() => void)[] = [];
  readonly #overAtMs: number[] = [];

  constructor(options: StrikesOptions) {
    this.#options = options;
  }

  /** Each step strikes, or is an end. */
  steps(first: NamedFault, second: NamedFault, timing: Timing): readonly (() => Promise<void>)[] {
    const [begin, alsoBegin] = [first, second].map((fault) => () => this.#begin(fault));
    const [end, alsoEnd] = [first, second].map((fault) => fault.end && (() => this.#end(fault)));
    const inTurn = {
      within: [begin, alsoBegin, alsoEnd, end],
      across: [begin, alsoBegin, end, alsoEnd],
      after: [begin, end, alsoBegin, alsoEnd],
    }[timing];
    return inTurn.filter((step) => step !== undefined);
  }

  /** From now on there is one memory, whatever could not be ended. */
  isOneMemoryAgain(): void {
    for (const close of this.#areOneMemoryAgain.splice(0)) close();
  }

  /** When everything is over that could not be ended and ends by itself. Unix milliseconds of Redis. */
  overAtMs(): number {
    return Math.max(0, ...this.#overAtMs);
  }

  async #begin(fault: NamedFault): Promise<void> {
    const { hearsay, random } = this.#options;
    const close = fault.twoMemories && hearsay.twoMemories();
    if (close) this.#areOneMemoryAgain.push(close);
    await this.#step(`${fault.name}`, () => fault.begin(random));
  }

  async #end(fault: NamedFault): Promise<void> {
    const { random, everybodyHasHeard } = this.#options;
    const isEnded = await this.#step(`${fault.name} ends`, async () => {
      if (fault.putsBackOlder && !(await everybodyHasHeard())) {
        throw new Error('not everybody has heard of something newer');
      }
      await fault.end?.(random);
    });
    if (!isEnded) this.#overAtMs.push(fault.isOverAtMs?.() ?? 0);
  }

  async #step(what: string, act: () => Promise<unknown>): Promise<boolean> {
    const began = Math.round(performance.now());
    let problem = '';
    try {
      await within(PATIENCE_MS, act(), what);
    } catch (error) {
      problem = `: ${error instanceof Error ? error.message : error}`;
      this.couldNot.push(`${what}${problem}`);
    }
    this.story.push(`${began} to ${Math.round(performance.now())} ${what}${problem}`);
    return problem === '';
  }
}
