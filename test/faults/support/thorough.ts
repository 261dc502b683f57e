import { randomInt } from 'node:crypto';

/** With FAULTS=all every fault strikes, and hundreds of tokens in each state; else one or two of each kind, and fewer tokens. */
export const IS_ALL = process.env.FAULTS === 'all';

/** With FAULTS=all every one of them, else so many, others in each run. */
export function someOf<T>(all: readonly T[], count: number): readonly T[] {
  if (IS_ALL) return all;
  const left = [...all];
  return Array.from({ length: count }, () => left.splice(randomInt(left.length), 1)).flat();
}
