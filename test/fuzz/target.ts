import type fc from 'fast-check';

/** A property of whatever a target draws. */
export type Property = fc.IRawProperty<unknown>;

/** What is fuzzed. The suite runs it with one seed and few runs, `npm run fuzz` with fresh seeds for as long as it may. */
export interface Target<Subject = unknown> {
  readonly name: string;
  /** How often the suite runs it. Every mutant must be found within as many runs. */
  readonly suiteRuns: number;
  /** Starts what the target needs; `onClose` gets what ends it. */
  open(onClose: (close: () => unknown) => void): Promise<OpenTarget<Subject>>;
}

export interface OpenTarget<Subject = unknown> {
  /** The product's own. A mutant stands in its place. */
  readonly subject: Subject;
  /** That a subject keeps its promises, whatever it is given. */
  property(subject: Subject): Property;
  /** What must hold after any number of runs. Rejects when it does not. */
  settle?(): Promise<void>;
  /** Processes of the product, whose memory is watched. */
  readonly pids?: readonly number[];
}

/** What an oracle found. `npm run fuzz` ends with it, and prints how to see it again. */
export class Find extends Error {
  override readonly name = 'Find';
}

const MOST_QUOTED_CHARACTERS = 10;

/** Rejects a message that repeats more than ten characters of an input. */
export function expectNoQuote(message: string, ...inputs: readonly string[]): void {
  const length = MOST_QUOTED_CHARACTERS + 1;
  for (let at = 0; at + length <= message.length; at++) {
    const part = message.slice(at, at + length);
    if (inputs.some((input) => input.includes(part))) throw new Find(`it quotes its input: ${message}`);
  }
}
