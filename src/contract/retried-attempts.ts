/**
 * Attempts that got no answer, so that the next request resumes the same one.
 *
 * A burn whose reply never came may have happened. A caller that named its attempt asks again under that name. One
 * that did not name it would hear "already redeemed", because of its own lost request. So that attempt is kept here
 * and handed to the next request for the same thing. It is handed out once, and the request that left it was not
 * served: at most one request ever succeeds by it.
 */
export interface RetriedAttempts {
  /** The attempt that was kept under this key, to one taker alone. */
  take(key: string): string | undefined;
  keep(key: string, attempt: string): void;
}

/** Keeps the newest `capacity` attempts. One that falls out costs a retry its answer, never safety. */
export function retriedAttempts(capacity = 10_000): RetriedAttempts {
  const attempts = new Map<string, string>();
  return {
    take(key) {
      const attempt = attempts.get(key);
      attempts.delete(key);
      return attempt;
    },
    keep(key, attempt) {
      attempts.set(key, attempt);
      const oldest = attempts.size > capacity ? attempts.keys().next().value : undefined;
      if (oldest !== undefined) attempts.delete(oldest);
    },
  };
}
