/** One question about one token, as the one who asked it saw it. */
export interface Recorded {
  readonly token: string;
  readonly kind: 'redeem' | 'hold' | 'commit' | 'release' | 'revoke';
  /** Empty for a revocation. */
  readonly attempt: string;
  readonly caller: string;
  readonly startedAtMs: number;
  /** Infinity when no answer came. */
  readonly endedAtMs: number;
  /** What was answered, or `no-answer`. */
  readonly outcome: string;
}

/** After one of these nobody gets a use of the token any more. */
const FINAL = new Set(['already-burned', 'revoked', 'superseded', 'void', 'expired']);

/** After one of these not even an attempt that has a use is granted it again. */
const REVOKED = new Set(['revoked', 'superseded']);

/** What an attempt can be told that has a use, or had one, even if this very answer was not the first. */
const TAKEN_PERHAPS = new Set(['burned', 'held', 'released', 'no-answer', ...REVOKED]);

/**
 * Every way in which a history of concurrent questions breaks the promise; empty when it keeps it.
 * Only what is certain counts: an answer that never came may stand for anything.
 *
 * - more attempts than the token has uses hold one at the same moment
 * - a success began after a final refusal of the token was answered, and is not the echo of a use that
 *   its attempt had, or may have had, before
 * - a use was granted, or granted again, that was asked for after a revocation was answered
 * - an attempt succeeded that was told before that its use is given back
 * - a use that was told to be burned was un-burned
 */
export function violations(
  history: readonly Recorded[],
  usesOf: (token: string) => number,
): readonly string[] {
  const byToken = groupedBy(history, ({ token }) => token);
  return [...byToken].flatMap(([token, entries]) => [
    ...overused(token, entries, usesOf(token)),
    ...afterRevocation(token, entries),
    ...afterFinalRefusal(token, entries),
    ...[...groupedBy(entries, ({ attempt }) => attempt)].flatMap(([attempt, own]) =>
      changedItsMind(token, attempt, own),
    ),
  ]);
}

const isSuccess = ({ kind, outcome }: Recorded) =>
  kind !== 'revoke' && (outcome === 'burned' || outcome === 'held');
const isTake = ({ kind }: Recorded) => kind === 'redeem' || kind === 'hold';

function overused(token: string, entries: readonly Recorded[], uses: number): string[] {
  const turns = [...groupedBy(entries, ({ attempt }) => attempt)].flatMap(([attempt, own]) => {
    const had = surelyHad(own);
    return had ? [{ ...had, attempt }] : [];
  });
  return turns.flatMap(({ fromMs }) => {
    const together = turns.filter((turn) => turn.fromMs <= fromMs && fromMs < turn.untilMs);
    if (together.length <= uses) return [];
    const attempts = together.map(({ attempt }) => attempt).join(', ');
    return [`${token} has ${uses} uses and ${together.length} attempts had one at ${fromMs}: ${attempts}`];
  });
}

/** From when until when an attempt had a use for certain: from an answer, until it may have been given back. */
function surelyHad(own: readonly Recorded[]): { fromMs: number; untilMs: number } | undefined {
  const successes = own.filter(isSuccess);
  if (successes.length === 0) return undefined;
  const fromMs = Math.min(...successes.map(({ endedAtMs }) => endedAtMs));
  if (successes.some(({ outcome }) => outcome === 'burned'))
    return { fromMs, untilMs: Number.POSITIVE_INFINITY };
  const releases = own.filter(
    ({ kind, outcome }) => kind === 'release' && (outcome === 'released' || outcome === 'no-answer'),
  );
  return { fromMs, untilMs: Math.min(...releases.map(({ startedAtMs }) => startedAtMs)) };
}

function afterRevocation(token: string, entries: readonly Recorded[]): string[] {
  const told = entries.filter(
    ({ kind, outcome }) => REVOKED.has(outcome) || (kind === 'revoke' && outcome === 'already-burned'),
  );
  const sinceMs = Math.min(...told.map(({ endedAtMs }) => endedAtMs));
  return entries
    .filter((entry) => isTake(entry) && isSuccess(entry) && entry.startedAtMs > sinceMs)
    .map(
      ({ attempt, startedAtMs }) => `${token} was revoked, and ${attempt} was granted it at ${startedAtMs}`,
    );
}

function afterFinalRefusal(token: string, entries: readonly Recorded[]): string[] {
  const [first] = entries
    .filter(({ outcome }) => FINAL.has(outcome))
    .toSorted((a, b) => a.endedAtMs - b.endedAtMs);
  if (!first) return [];
  const mayHaveTaken = (attempt: string) =>
    entries.some(
      (entry) =>
        entry.attempt === attempt &&
        isTake(entry) &&
        entry.startedAtMs < first.endedAtMs &&
        TAKEN_PERHAPS.has(entry.outcome),
    );
  return entries
    .filter(
      (entry) => isSuccess(entry) && entry.startedAtMs > first.endedAtMs && !mayHaveTaken(entry.attempt),
    )
    .map(
      ({ attempt, outcome, startedAtMs }) =>
        `${token} was ${first.outcome} at ${first.endedAtMs}, and ${attempt} began at ${startedAtMs} and was ${outcome}`,
    );
}

function changedItsMind(token: string, attempt: string, own: readonly Recorded[]): string[] {
  const told = (outcome: string) =>
    own.filter((entry) => entry.kind !== 'revoke' && entry.outcome === outcome);
  const wrong: string[] = [];
  const [burned] = told('burned').toSorted((a, b) => a.endedAtMs - b.endedAtMs);
  const [released] = told('released').toSorted((a, b) => a.endedAtMs - b.endedAtMs);
  if (burned && released) wrong.push(`${token}: ${attempt} was both burned and released`);
  if (burned && told('held').some(({ startedAtMs }) => startedAtMs > burned.endedAtMs)) {
    wrong.push(`${token}: ${attempt} was held after it was burned`);
  }
  if (released && told('held').some(({ startedAtMs }) => startedAtMs > released.endedAtMs)) {
    wrong.push(`${token}: ${attempt} was held after it was released`);
  }
  return wrong;
}

function groupedBy<T>(all: readonly T[], nameOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const name = nameOf(one);
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return groups;
}
