import { MatchstickError } from '../errors.ts';

/** So many in each window of so many seconds. */
export interface Quota {
  readonly count: number;
  readonly perSeconds: number;
}

export const LIMIT_NAMES = [
  'mint-per-subject',
  'link-per-address',
  'code-per-subject',
  'unknown-key-per-address',
  'calls-per-caller',
] as const;

/** What is counted, each by a key of its own: whoever is limited is told which it was. */
export type LimitName = (typeof LIMIT_NAMES)[number];

export interface LimitedBy {
  readonly limit: LimitName;
  readonly quota: Quota;
  /** Whose share it is. Nobody but the counter sees it, and Redis only a digest. */
  readonly key: string;
}

export type Taken = TakenShare | RefusedShare;

export interface TakenShare {
  readonly allowed: true;
  /** Present if those who count gave no answer and an insurance counted instead: that is never given back. */
  readonly insured?: {
    readonly insteadOf: MatchstickError;
    /** The wait for them took the time that one request has for the ledger. */
    readonly isTimeUp: boolean;
  };
}

export interface RefusedShare {
  readonly allowed: false;
  readonly retryAfterSeconds: number;
  /** Nobody was refused in this window before. */
  readonly isFirst: boolean;
}

/**
 * Counts each limit, quota and key for itself: of two quotas neither shortens the other's window or uses up its share.
 * Counts in fixed windows, each of which begins when something is taken and none is open: around the edge of two, twice
 * the quota can pass.
 */
export interface Limits {
  /**
   * Takes so many of the share, all or none, in one atomic decision; what is refused is not counted. Default: one.
   * Rejects with `ledger_unavailable` when there was no answer.
   */
  take(by: LimitedBy, amount?: number): Promise<Taken>;
  /** Gives back what was not needed after all, as far as its window is still open. Without an answer it stays taken. */
  giveBack(by: LimitedBy, amount?: number): Promise<void>;
}

export function rateLimited(
  { limit, quota }: Pick<LimitedBy, 'limit' | 'quota'>,
  { retryAfterSeconds }: { readonly retryAfterSeconds: number },
): MatchstickError {
  const { count, perSeconds } = quota;
  return new MatchstickError(
    'rate_limited',
    `The limit ${limit} allows ${count} in ${perSeconds} s. Try again in ${retryAfterSeconds} s.`,
    { retryAfterSeconds, limit, quota },
  );
}
