/** Whether calls can be answered now. */
export interface Readiness {
  /** True if they can. */
  readonly ready: boolean;
  /** Why they cannot. Empty if they can. */
  readonly reasons: readonly Remark[];
  /** What you should know although they can. */
  readonly warnings: readonly Remark[];
}

/** One thing that readiness found. */
export interface Remark {
  /** The part that it concerns, such as `ledger`. */
  readonly part: string;
  /** Names the finding for programs. */
  readonly code: string;
  /** What is wrong and what to do, for people. */
  readonly detail: string;
}
