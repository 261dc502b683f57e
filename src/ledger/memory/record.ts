import type {
  BurnAnswer,
  BurnRequest,
  CollectAnswer,
  CollectRequest,
  Reach,
  RecordedState,
  RevokeAnswer,
  SettleAnswer,
  Try,
  UseAnswer,
} from '../burn-ledger.ts';

/** What the memory ledger keeps of one token. */
export interface MemoryRecord {
  take(request: BurnRequest, nowMs: number, revokedBySubject: boolean): BurnAnswer;
  settle(request: Try, how: 'commit' | 'release', nowMs: number): SettleAnswer;
  collect(request: CollectRequest, nowMs: number): CollectAnswer;
  /** Recorded whatever the time is, unless no use is left. */
  revoke(nowMs: number, burnableUntilMs: number): Answered<RevokeAnswer>;
  mark(mark: 'revoked' | 'superseded'): void;
  state(nowMs: number): RecordedState;
  /** Also when all its uses are held: they may be given back. */
  mayStillBeRedeemed(nowMs: number): boolean;
}

/** An answer about one token, without what only its ledger knows. */
type Answered<Answer> = Answer extends unknown ? Omit<Answer, keyof Reach> : never;

interface KeptUse {
  readonly answer: UseAnswer;
  readonly caller: string;
}

/** Proofs of one token that are remembered besides those that took a use. */
const MOST_REPEATS = 16;

export function memoryRecord(allowed: number): MemoryRecord {
  /** By attempt, in the order in which they were taken or ended: the clock may stand still in between. */
  const uses = new Map<string, KeptUse>();
  /** By attempt. */
  const collected = new Map<string, { readonly collector: string; readonly atMs: number }>();
  /** By name: the attempt that has shown it. */
  const proofs = new Map<string, string>();
  let repeats = 0;
  let marked: 'revoked' | 'superseded' | undefined;

  /** A hold past its deadline is burned at the deadline, and stays so whatever the clock does. */
  function lapse(nowMs: number): void {
    for (const [attempt, { answer, caller }] of uses) {
      if (answer.outcome !== 'held' || nowMs < answer.heldUntilMs) continue;
      const { heldUntilMs: atMs, usesLeft } = answer;
      uses.set(attempt, { caller, answer: { outcome: 'burned', atMs, usesLeft } });
    }
  }

  function taken(nowMs: number) {
    lapse(nowMs);
    const kept = [...uses.values()].filter(({ answer }) => answer.outcome !== 'released');
    const heldUntilMs = Math.max(
      0,
      ...kept.map(({ answer }) => (answer.outcome === 'held' ? answer.heldUntilMs : 0)),
    );
    const last = kept.reduce<KeptUse | undefined>(
      (a, b) => (a && a.answer.atMs > b.answer.atMs ? a : b),
      undefined,
    );
    return { left: allowed - kept.length, heldUntilMs, last };
  }

  /** Why no use can be taken, if none is left. */
  function exhausted(nowMs: number): Exclude<RecordedState, { state: 'unrecorded' | 'void' }> | undefined {
    const { left, heldUntilMs, last } = taken(nowMs);
    if (left > 0) return undefined;
    if (heldUntilMs > 0) return { state: 'held', heldUntilMs };
    return { state: 'burned', redeemedAtMs: last?.answer.atMs ?? 0, redeemedBy: last?.caller ?? '' };
  }

  return {
    take(request, nowMs, revokedBySubject) {
      const { attempt, caller, burnableFromMs, burnableUntilMs, holdSeconds, proofName } = request;
      const gone = exhausted(nowMs);
      const own = uses.get(attempt);
      const shownBy = proofName === undefined ? undefined : proofs.get(proofName);
      if (own) {
        if (proofName !== undefined && own.answer.outcome !== 'released' && shownBy !== attempt) {
          if (shownBy !== undefined || repeats >= MOST_REPEATS) return { outcome: 'proof-used' };
          proofs.set(proofName, attempt);
          repeats++;
        }
        return { ...own.answer, repeated: true };
      }
      if (nowMs >= burnableUntilMs) return { outcome: 'expired' };
      if (gone?.state === 'held') return { outcome: 'held-by-another', heldUntilMs: gone.heldUntilMs };
      if (gone?.state === 'burned') {
        return { outcome: 'already-burned', redeemedAtMs: gone.redeemedAtMs, redeemedBy: gone.redeemedBy };
      }
      if (marked) return { outcome: marked };
      if (revokedBySubject) return { outcome: 'revoked' };
      if (shownBy !== undefined) return { outcome: 'proof-used' };
      if (nowMs < burnableFromMs) return { outcome: 'early', byMs: burnableFromMs - nowMs };
      if (proofName !== undefined) proofs.set(proofName, attempt);
      const use = { atMs: nowMs, usesLeft: taken(nowMs).left - 1 };
      const answer: UseAnswer = holdSeconds
        ? { ...use, outcome: 'held', heldUntilMs: nowMs + holdSeconds * 1000 }
        : { ...use, outcome: 'burned' };
      uses.set(attempt, { answer, caller });
      return { ...answer, repeated: false };
    },

    settle({ attempt, caller }, how, nowMs) {
      lapse(nowMs);
      const use = uses.get(attempt);
      if (!use || use.caller !== caller) return { outcome: 'unknown' };
      if (use.answer.outcome !== 'held') return use.answer;
      const { usesLeft } = use.answer;
      const answer = { outcome: how === 'commit' ? 'burned' : 'released', atMs: nowMs, usesLeft } as const;
      uses.delete(attempt);
      uses.set(attempt, { answer, caller });
      return answer;
    },

    collect({ attempt, caller, collector }, nowMs) {
      lapse(nowMs);
      const use = uses.get(attempt);
      if (use?.answer.outcome !== 'burned' || use.caller !== caller) return { outcome: 'unknown' };
      const first = collected.get(attempt) ?? { collector, atMs: nowMs };
      collected.set(attempt, first);
      if (first.collector !== collector)
        return { outcome: 'collected-by-another', collectedAtMs: first.atMs };
      return { outcome: 'collected', atMs: use.answer.atMs, usesLeft: use.answer.usesLeft };
    },

    revoke(nowMs, burnableUntilMs) {
      const gone = exhausted(nowMs);
      if (!marked && gone?.state === 'burned') {
        return { outcome: 'already-burned', redeemedAtMs: gone.redeemedAtMs, redeemedBy: gone.redeemedBy };
      }
      marked ??= 'revoked';
      return { outcome: nowMs >= burnableUntilMs ? 'expired' : marked };
    },

    mark(mark) {
      marked ??= mark;
    },

    state(nowMs) {
      const gone = exhausted(nowMs);
      if (gone) return gone;
      return marked ? { state: marked } : { state: 'unrecorded', usesLeft: taken(nowMs).left };
    },

    mayStillBeRedeemed(nowMs) {
      return !marked && exhausted(nowMs)?.state !== 'burned';
    },
  };
}
