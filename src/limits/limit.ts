import { MatchstickError } from '../errors.ts';

/** So many in each window of so many seconds. */
export interface Quota {
  readonly count: number;
  readonly perSeconds: number;
}

/** What is counted, each by a key of its own: whoever is limited is told which it was. */
export type LimitName =
  | 'mint-per-subject'
  | 'link-per-address'
  | 'code-per-subject'
  | 'unknown-key-per-address'
  | 'calls-per-caller';

export interface LimitedBy {
  readonly limit: LimitName;
  readonly quota: Quota;
  /** Whose share it is. Nobody but the counter sees it, and Redis only a digest. */
  readonly key: string;
}

export type Taken =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly retryAfterSeconds: number;
      /** Nobody was refused in this window before. */
      readonly isFirst: boolean;
    };

/**
 * Counts in fixed windows: around the edge of two, twice the quota can pass. Taking is one atomic decision. Every method
 * rejects with `ledger_unavailable` when there was no answer.
 */
export interface Limits {
  /** Takes so many of the share, all or none. Default: one. */
  take(by: LimitedBy, amount?: number): Promise<Taken>;
  /** What was taken was not needed. */
  giveBack(by: LimitedBy, amount?: number): Promise<void>;
}

export function rateLimited(
  { limit, quota }: Pick<LimitedBy, 'limit' | 'quota'>,
  { retryAfterSeconds }: { readonly retryAfterSeconds: number },
): MatchstickError {
  const { count, perSeconds } = quota;
  return new MatchstickError(
    'rate_limited',
    `More than ${count} in ${perSeconds} s (${limit}). Try again in ${retryAfterSeconds} s.`,
    { retryAfterSeconds, limit, quota },
  );
}
