import { createHash } from 'node:crypto';
import { MatchstickError } from '../errors.ts';

/**
 * Attempts that ended without an answer. Their burn may have happened, and nobody was let through by it: the
 * next request with the same token takes the attempt up, or it would be told of its own lost try.
 */
export interface Unanswered {
  /** To one request alone. */
  take(token: string): string | undefined;
  /** Keeps the attempt that an error names, if it names one. */
  leave(token: string, error: unknown): void;
}

/** Holds the newest `capacity`; one that falls out costs a retry its answer, never safety. */
export function unansweredAttempts(capacity = 10_000): Unanswered {
  const attempts = new Map<string, string>();
  const keyOf = (token: string) => createHash('sha256').update(token).digest('base64url');
  return {
    take: (token) => {
      if (attempts.size === 0) return undefined;
      const key = keyOf(token);
      const attempt = attempts.get(key);
      attempts.delete(key);
      return attempt;
    },
    leave: (token, error) => {
      if (!(error instanceof MatchstickError) || error.attempt === undefined) return;
      attempts.set(keyOf(token), error.attempt);
      const oldest = attempts.size > capacity ? attempts.keys().next().value : undefined;
      if (oldest !== undefined) attempts.delete(oldest);
    },
  };
}
