import type { NamedFault } from '../kinds/fault.ts';

/**
 * When the second fault strikes: `within` while the first is in force, and is over before that; `across` while
 * the first is in force, and outlasts it; `after` at once when the first is over.
 */
export type Timing = 'within' | 'across' | 'after';

export interface Pair {
  readonly first: string;
  readonly second: string;
  readonly timing: Timing;
}

/** A name that no fault of a topology has. */
export class UnknownFaultError extends Error {
  override readonly name = 'UnknownFaultError';
}

/** Instances that restart while an older copy waits cannot know that it is older; no ledger without a second witness could. */
const NOT_PROMISED = new Set(['swapdb-older-copy', 'instances-restarted']);

/** Every ordered pair, at every timing that differs. */
export function allPairs(faults: readonly NamedFault[]): readonly Pair[] {
  return faults.flatMap((first) =>
    faults.flatMap((second) =>
      timingsOf(first, second).map((timing) => ({ first: first.name, second: second.name, timing })),
    ),
  );
}

function timingsOf(first: NamedFault, second: NamedFault): readonly Timing[] {
  if (!first.end) return ['after'];
  if (first.name !== second.name && NOT_PROMISED.has(first.name) && NOT_PROMISED.has(second.name)) {
    return ['after'];
  }
  return second.end ? ['within', 'across', 'after'] : ['within', 'after'];
}

/**
 * The pairs that `selection` names: `first+second`, by comma; `*` is any fault, and `:within`, `:across` or
 * `:after` may follow. `-fault` leaves out whatever has that fault.
 */
export function selectPairs(pairs: readonly Pair[], selection: string): readonly Pair[] {
  const named = selection.split(',').map((text) => text.trim());
  const without = named.filter((name) => name.startsWith('-')).map((name) => name.slice(1));
  const wanted = named.filter((name) => !name.startsWith('-'));
  return (wanted.length > 0 ? wanted : ['*+*'])
    .flatMap((name) => pairsNamed(pairs, name))
    .filter(({ first, second }) => !without.includes(first) && !without.includes(second));
}

function pairsNamed(pairs: readonly Pair[], name: string): readonly Pair[] {
  const [, first, second, timing] = /^([\w*-]+)\+([\w*-]+)(?::(within|across|after))?$/.exec(name) ?? [];
  const selected = pairs.filter(
    (pair) =>
      (first === '*' || pair.first === first) &&
      (second === '*' || pair.second === second) &&
      (timing === undefined || pair.timing === timing),
  );
  if (selected.length === 0) throw new UnknownFaultError(`no pair of faults is named ${name}`);
  return selected;
}

export function nameOf({ first, second, timing }: Pair): string {
  return `${first}+${second}:${timing}`;
}
