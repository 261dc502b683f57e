import type { SeededRandom } from '../../faults/support/random.ts';

/** So many of them, or all when there are fewer, in an order that follows from the seed. */
export function some<T>(all: readonly T[], most: number, random: SeededRandom): readonly T[] {
  return all
    .map((each) => ({ each, at: random.next() }))
    .sort((one, other) => one.at - other.at)
    .slice(0, most)
    .map(({ each }) => each);
}

/** One of each kind. */
export function oneOfEach<T>(
  all: readonly T[],
  kindOf: (each: T) => string,
  random: SeededRandom,
): readonly T[] {
  const kinds = new Map<string, T[]>();
  for (const each of all) {
    const kind = kinds.get(kindOf(each)) ?? [];
    kinds.set(kindOf(each), kind);
    kind.push(each);
  }
  return [...kinds.values()].map((kind) => random.pick(kind));
}

/** All of one or two of them. */
export function onesAndTwos<T>(all: readonly T[]): readonly (readonly T[])[] {
  return all.flatMap((one, index) => [[one], ...all.slice(index + 1).map((other) => [one, other])]);
}
