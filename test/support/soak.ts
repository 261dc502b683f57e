/**
 * With SOAK=all (npm run soak) also what takes long and shows a second time what a test beside it shows: another number of
 * workers, another bundler, another database.
 */
export const SOAKS = process.env.SOAK === 'all';

/** What is tried: everything when it soaks, else the first. */
export function firstOf<T>(all: readonly T[]): readonly T[] {
  return SOAKS ? all : all.slice(0, 1);
}
