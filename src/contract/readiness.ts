/** Whether calls can be answered now. */
export interface Readiness {
  readonly ready: boolean;
  /** Why they cannot. */
  readonly reasons: readonly Remark[];
  /** What to know although they can. */
  readonly warnings: readonly Remark[];
}

export interface Remark {
  readonly part: string;
  readonly code: string;
  readonly detail: string;
}
