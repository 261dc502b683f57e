import type { CollectRequest, RecordedState, SignedToken, UseAnswer } from '../burn-ledger.ts';
import type { MemoryRecord } from './remembered.ts';

interface KeptUse {
  readonly answer: UseAnswer;
  readonly caller: string;
  readonly token: SignedToken;
  /** Burned, and still to be collected. */
  readonly isWaiting: boolean;
  /** A hold that nobody has ended. */
  readonly isUnsettled: boolean;
}

/** Proofs of one token that are remembered besides those that took a use, and releases before the next burns it. */
const [MOST_REPEATS, MOST_RELEASES] = [16, 16];

export function memoryRecord(allowed: number): MemoryRecord {
  /** By attempt, in the order in which they were taken or ended: the clock may stand still in between. */
  const uses = new Map<string, KeptUse>();
  const collected = new Map<string, { readonly collector: string; readonly atMs: number }>();
  /** By name: the attempt that has shown it. */
  const proofs = new Map<string, string>();
  let [repeats, releases] = [0, 0];
  let marked: 'revoked' | 'superseded' | undefined;

  /** A hold past its deadline is burned at the deadline, and stays so whatever the clock does. */
  function lapse(nowMs: number): void {
    for (const [attempt, use] of uses) {
      const { answer } = use;
      if (answer.outcome !== 'held' || nowMs < answer.heldUntilMs) continue;
      const { heldUntilMs: atMs, usesLeft } = answer;
      uses.set(attempt, { ...use, answer: { outcome: 'burned', atMs, usesLeft } });
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
  function exhausted(nowMs: number): Extract<RecordedState, { state: 'burned' | 'held' }> | undefined {
    const { left, heldUntilMs, last } = taken(nowMs);
    if (left > 0) return undefined;
    if (heldUntilMs > 0) return { state: 'held', heldUntilMs };
    return { state: 'burned', redeemedAtMs: last?.answer.atMs ?? 0, redeemedBy: last?.caller ?? '' };
  }

  /** Whether somebody may still get what a use grants. */
  const isUnfinished = () => [...uses.values()].some((use) => use.isWaiting || use.isUnsettled);

  return {
    take(request, nowMs, isRevoked) {
      const { attempt, caller, burnableFromMs, burnableUntilMs, holdSeconds, proofName } = request;
      const gone = exhausted(nowMs);
      const own = uses.get(attempt);
      const shownBy = proofName === undefined ? undefined : proofs.get(proofName);
      const ended = marked ?? (isRevoked ? 'revoked' : undefined);
      if (own) {
        // Nothing is granted after a revocation, nor granted again.
        if (ended && own.answer.outcome !== 'released') return { outcome: ended };
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
      if (ended) return { outcome: ended };
      if (shownBy !== undefined) return { outcome: 'proof-used' };
      if (nowMs < burnableFromMs) return { outcome: 'early', byMs: burnableFromMs - nowMs };
      if (proofName !== undefined) proofs.set(proofName, attempt);
      const use = { atMs: nowMs, usesLeft: taken(nowMs).left - 1 };
      const answer: UseAnswer = holdSeconds
        ? { ...use, outcome: 'held', heldUntilMs: nowMs + holdSeconds * 1000 }
        : { ...use, outcome: 'burned' };
      const { subject, purpose, kid, toBeCollected = false } = request;
      uses.set(attempt, {
        answer,
        caller,
        token: { subject, purpose, kid },
        isWaiting: toBeCollected && answer.outcome === 'burned',
        isUnsettled: answer.outcome === 'held',
      });
      request.note?.recorded(holdSeconds ? 'token.held' : 'token.redeemed', nowMs);
      return { ...answer, repeated: false };
    },

    settle({ attempt, caller, note }, how, nowMs, isRevoked) {
      lapse(nowMs);
      const use = uses.get(attempt);
      if (!use || use.caller !== caller) return { outcome: 'unknown' };
      if (how === 'commit' && use.isUnsettled) {
        const ended = marked ?? (isRevoked(use.token) ? 'revoked' : undefined);
        if (ended) return { outcome: ended };
      }
      if (use.answer.outcome !== 'held') {
        // One that lapsed stays burned at its deadline, as everybody was told.
        if (how === 'commit' && use.isUnsettled) {
          uses.set(attempt, { ...use, isUnsettled: false });
          note?.recorded('token.committed', nowMs);
        }
        return use.answer;
      }
      const isGivenBack = how === 'release' && releases < MOST_RELEASES;
      if (isGivenBack) releases++;
      const { usesLeft } = use.answer;
      const answer = { outcome: isGivenBack ? 'released' : 'burned', atMs: nowMs, usesLeft } as const;
      uses.delete(attempt);
      uses.set(attempt, { ...use, answer, isUnsettled: false });
      note?.recorded(isGivenBack ? 'token.released' : 'token.committed', nowMs);
      return answer;
    },

    collect({ attempt, caller, collector, note }: CollectRequest, nowMs, isRevoked) {
      lapse(nowMs);
      const use = uses.get(attempt);
      if (use?.answer.outcome !== 'burned' || use.caller !== caller) return { outcome: 'unknown' };
      const ended = marked ?? (isRevoked ? 'revoked' : undefined);
      if (ended && !collected.has(attempt)) return { outcome: ended };
      const before = collected.get(attempt);
      const first = before ?? { collector, atMs: nowMs };
      if (!before) note?.recorded('token.collected', nowMs);
      collected.set(attempt, first);
      uses.set(attempt, { ...use, isWaiting: false });
      if (first.collector !== collector)
        return { outcome: 'collected-by-another', collectedAtMs: first.atMs };
      return { outcome: 'collected', atMs: use.answer.atMs, usesLeft: use.answer.usesLeft };
    },

    revoke(nowMs, burnableUntilMs, note) {
      const gone = exhausted(nowMs);
      if (!marked) note?.recorded('token.revoked', nowMs);
      marked ??= 'revoked';
      if (gone?.state === 'burned' && !isUnfinished()) {
        return { outcome: 'already-burned', redeemedAtMs: gone.redeemedAtMs, redeemedBy: gone.redeemedBy };
      }
      return { outcome: nowMs >= burnableUntilMs ? 'expired' : marked };
    },

    state(nowMs, isRevoked) {
      const gone = exhausted(nowMs);
      const ended = marked ?? (isRevoked ? 'revoked' : undefined);
      if (gone && !(gone.state === 'burned' && ended && isUnfinished())) return gone;
      return ended ? { state: ended } : { state: 'unrecorded', usesLeft: taken(nowMs).left };
    },

    supersede() {
      marked ??= 'superseded';
    },

    standing(nowMs) {
      if (marked) return undefined;
      return { isOpen: exhausted(nowMs)?.state !== 'burned', isUnfinished: isUnfinished() };
    },
  };
}
