const PERIOD_SECONDS = 7200;
const BEFORE_PERIOD_SECONDS = 90;

/** Tells by how much the server's clock must be ahead to be at so many seconds after zero. */
export type Clock = (secondsAfterZero: number) => number;

/**
 * When the tests take place: far enough ahead that no key ends by the server's own clock. It is in the middle of a
 * minute, shortly before the ledger begins new buckets for subjects.
 */
export const ZERO_SECONDS =
  (Math.ceil(Date.now() / 1000 / PERIOD_SECONDS) + 3) * PERIOD_SECONDS - BEFORE_PERIOD_SECONDS;

/** A clock that is at zero right now, and goes on. */
export function startClock(): Clock {
  const ahead = Math.round(ZERO_SECONDS - Date.now() / 1000);
  return (secondsAfterZero) => ahead + secondsAfterZero;
}
