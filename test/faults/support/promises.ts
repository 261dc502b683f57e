import { type Bar, describeTokens, type TriedToken, type Try } from './token.ts';

/** Whether a try may get what an answer has barred: nowhere, unless a trial says where. */
export type Exemption = (token: TriedToken, bar: Bar, tried: Try) => boolean;

const nowhere: Exemption = () => false;

/** The attempts that had the token for good: what its holder could have acted upon. */
export function redemptions(token: TriedToken): readonly string[] {
  return [...byAttempt(token)].filter(([, tries]) => isRedemption(tries)).map(([attempt]) => attempt);
}

/** Tokens that were redeemed more often than they have uses. */
export function doubles<T extends TriedToken>(tokens: readonly T[]): readonly T[] {
  return tokens.filter((token) => redemptions(token).length > token.id.uses);
}

/**
 * Tokens that an attempt got although an answer had barred them: it asked after that answer, and cannot have
 * had the token by then.
 */
export function revived<T extends TriedToken>(
  tokens: readonly T[],
  isExempt: Exemption = nowhere,
): readonly T[] {
  return tokens.filter((token) =>
    token.bars.some((bar) => {
      const early = new Set(token.tries.filter((each) => mayHaveBy(bar, each)).map(({ attempt }) => attempt));
      return token.tries.some(
        (each) =>
          (each.outcome === 'burned' || each.outcome === 'held') &&
          !early.has(each.attempt) &&
          !isExempt(token, bar, each),
      );
    }),
  );
}

/**
 * Tokens whose uses did not stay what an attempt was told: given back, and had by the same attempt again; or
 * burned, and given back.
 */
export function unsettled<T extends TriedToken>(tokens: readonly T[]): readonly T[] {
  return tokens.filter((token) => [...byAttempt(token).values()].some(isUnsettled));
}

/** Burned uses that were collected by more than one. */
export function collectedTwice(tokens: readonly TriedToken[]): number {
  return collections(tokens).filter(({ size }) => size > 1).length;
}

export function collectedUses(tokens: readonly TriedToken[]): number {
  return collections(tokens).length;
}

/** Throws an error that tells their history, unless there are none. */
export function expectNone(tokens: readonly TriedToken[], what: string, story = ''): void {
  if (tokens.length > 0)
    throw new Error(`${tokens.length} tokens were ${what}. ${story}\n${describeTokens(tokens)}`);
}

function collections(tokens: readonly TriedToken[]): readonly ReadonlySet<string>[] {
  return tokens.flatMap(({ collectors }) => [...collectors.values()]);
}

function byAttempt({ tries }: TriedToken): ReadonlyMap<string, readonly Try[]> {
  const attempts = new Map<string, Try[]>();
  for (const each of tries) {
    if (each.what === 'revoke') continue;
    const known = attempts.get(each.attempt);
    if (known) known.push(each);
    else attempts.set(each.attempt, [each]);
  }
  return attempts;
}

function isRedemption(tries: readonly Try[]): boolean {
  if (tries.some(({ outcome }) => outcome === 'burned')) return true;
  return tries.some(({ outcome }) => outcome === 'held') && !tries.some(({ what }) => what === 'release');
}

/** A try that was refused before the answer came had nothing then; one that was under way may have got it. */
function mayHaveBy({ sinceMs }: Bar, { begunMs, endedMs, outcome }: Try): boolean {
  if (begunMs > sinceMs) return false;
  return endedMs > sinceMs || outcome === 'burned' || outcome === 'held' || outcome === 'no-answer';
}

function isUnsettled(tries: readonly Try[]): boolean {
  return tries.some(
    (told) =>
      (told.outcome === 'released' || told.outcome === 'burned') &&
      tries.some(
        ({ begunMs, outcome }) =>
          begunMs > told.endedMs &&
          (told.outcome === 'released'
            ? outcome === 'burned' || outcome === 'held'
            : outcome === 'released' || outcome === 'held'),
      ),
  );
}
