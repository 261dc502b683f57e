import type {
  BurnAnswer,
  BurnRequest,
  CollectAnswer,
  CollectRequest,
  LedgerNote,
  Reach,
  RecordedState,
  RevokeAnswer,
  SettleAnswer,
  SignedToken,
  Try,
} from '../burn-ledger.ts';

/** What the memory ledger keeps of one token. */
export interface MemoryRecord {
  take(request: BurnRequest, nowMs: number, isRevoked: boolean): BurnAnswer;
  settle(
    request: Try,
    how: 'commit' | 'release',
    nowMs: number,
    isRevoked: (token: SignedToken) => boolean,
  ): SettleAnswer;
  collect(request: CollectRequest, nowMs: number, isRevoked: boolean): CollectAnswer;
  /** Recorded whatever the time is, unless no use is left. */
  revoke(nowMs: number, burnableUntilMs: number, note?: LedgerNote): Answered<RevokeAnswer>;
  /** Unless it was ended before. */
  supersede(): void;
  state(nowMs: number, isRevoked: boolean): RecordedState;
  /** Undefined for one that is marked. */
  standing(nowMs: number): Standing | undefined;
}

/** What becomes of a token where only some of its subject may live. */
export interface Standing {
  /** Whether a use is left, or held and so may be given back. */
  readonly isOpen: boolean;
  /** Whether a use waits to be collected, or is a hold that nobody has ended. */
  readonly isUnfinished: boolean;
}

/** An answer about one token, without what only its ledger knows. */
type Answered<Answer> = Answer extends unknown ? Omit<Answer, keyof Reach> : never;
