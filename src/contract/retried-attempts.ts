/**
 * Attempts that ended without an answer, so that whoever tries again takes up the same one.
 *
 * A burn whose reply never came may have happened. A caller that named its attempt asks again under
 * that name; one that did not would be told "already redeemed", by its own lost try. So the unanswered
 * attempt's secret is kept here and handed to the next request of the same caller for the same token. It is
 * handed out once, and the request that left it was refused: at most one request ever succeeds by it.
 */
export interface RetriedAttempts {
  take(jti: string, caller: string): string | undefined;
  leave(jti: string, caller: string, secret: string): void;
}

/** Holds the newest `capacity` of them; an attempt that falls out costs a retry its answer, never safety. */
export function retriedAttempts(capacity = 10_000): RetriedAttempts {
  const secrets = new Map<string, string>();
  const keyOf = (jti: string, caller: string) => `${jti} ${caller}`;
  return {
    take(jti, caller) {
      const key = keyOf(jti, caller);
      const secret = secrets.get(key);
      secrets.delete(key);
      return secret;
    },
    leave(jti, caller, secret) {
      secrets.set(keyOf(jti, caller), secret);
      const oldest = secrets.size > capacity ? secrets.keys().next().value : undefined;
      if (oldest !== undefined) secrets.delete(oldest);
    },
  };
}
