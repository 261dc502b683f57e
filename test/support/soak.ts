import { randomInt } from 'node:crypto';

/**
 * With SOAK=all (npm run soak) also what takes long and shows a second time what a test beside it shows: another number of
 * workers, another bundler, another database.
 */
export const SOAKS = process.env.SOAK === 'all';

/** What is tried: everything when it soaks, else the first. */
export function firstOf<T>(all: readonly T[]): readonly T[] {
  return SOAKS ? all : all.slice(0, 1);
}

/** Everything when it soaks, else so many, others in each run. */
export function anyOf<T>(all: readonly T[], count: number): readonly T[] {
  if (SOAKS) return all;
  const left = [...all];
  return Array.from({ length: count }, () => left.splice(randomInt(left.length), 1)).flat();
}

/** Deals what is tried to so many players: everything to each when it soaks, else to each a part, others in each run. */
export function dealtTo<T>(players: number, all: readonly T[]): readonly (readonly T[])[] {
  const first = randomInt(players);
  return Array.from({ length: players }, (_, player) =>
    all.filter((_, index) => SOAKS || (index + first) % players === player),
  );
}
