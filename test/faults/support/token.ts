import type { BurnAnswer, SettleAnswer, Topic } from '../../../src/burn/ledger.ts';
import type { TokenId } from '../../../src/token/token-id.ts';

/** One question about a token, and what came back. */
export interface Try {
  readonly what: 'burn' | 'commit' | 'release';
  readonly attempt: string;
  readonly instance: string;
  readonly begunMs: number;
  readonly outcome: BurnAnswer['outcome'] | SettleAnswer['outcome'] | 'no-answer';
}

/** A token with everything that was tried with it. */
export interface TriedToken {
  readonly id: TokenId;
  readonly topic: Topic;
  readonly tries: Try[];
  /** Whether it is known to count among the live tokens of its subject, so that a newer one supersedes it. */
  isRegistered?: true;
  /** Since when an answer stands that nobody new may redeem it. */
  barredMs?: number;
}

/** The attempts that had the token for good: what its holder could have acted upon. */
export function redemptions(token: TriedToken): readonly string[] {
  const attempts = new Map<string, Try[]>();
  for (const each of token.tries) {
    const tries = attempts.get(each.attempt) ?? [];
    tries.push(each);
    attempts.set(each.attempt, tries);
  }
  return [...attempts].filter(([, tries]) => isRedemption(tries)).map(([attempt]) => attempt);
}

/** The attempts that were told that they burned it. */
export function burnedBy({ tries }: TriedToken): readonly string[] {
  return [...new Set(tries.filter(({ outcome }) => outcome === 'burned').map(({ attempt }) => attempt))];
}

/** Tokens that were redeemed more often than they have uses. */
export function doubles<T extends TriedToken>(tokens: readonly T[]): readonly T[] {
  return tokens.filter((token) => redemptions(token).length > token.id.uses);
}

/** Tokens that an attempt got although it began after their revocation or superseding was answered. */
export function revived<T extends TriedToken>(tokens: readonly T[]): readonly T[] {
  return tokens.filter((token) => {
    const { barredMs } = token;
    if (barredMs === undefined) return false;
    const before = new Set(
      token.tries.filter(({ begunMs }) => begunMs <= barredMs).map(({ attempt }) => attempt),
    );
    return token.tries.some(
      ({ attempt, outcome }) => !before.has(attempt) && (outcome === 'burned' || outcome === 'held'),
    );
  });
}

function isRedemption(tries: readonly Try[]): boolean {
  if (tries.some(({ outcome }) => outcome === 'burned')) return true;
  return tries.some(({ outcome }) => outcome === 'held') && !tries.some(({ what }) => what === 'release');
}

/** Throws an error that tells their history, unless there are none. */
export function expectNone(tokens: readonly TriedToken[], what: string, story = ''): void {
  if (tokens.length > 0)
    throw new Error(`${tokens.length} tokens were ${what}. ${story}\n${describeTokens(tokens)}`);
}

export function describeTokens(tokens: readonly TriedToken[], most = 3): string {
  return tokens.slice(0, most).map(describeToken).join('\n');
}

function describeToken({ id, topic, barredMs, tries }: TriedToken): string {
  const first = Math.max(
    0,
    tries.findIndex(({ outcome }) => outcome === 'burned' || outcome === 'held'),
  );
  const told = tries
    .filter(({ outcome, what }, index) => index - first < 20 || what !== 'burn' || outcome === 'burned')
    .map(({ what, attempt, instance, begunMs, outcome }) =>
      [Math.round(begunMs), instance, what, attempt.slice(0, 6), outcome].join(' '),
    );
  const about = `epoch ${id.epoch}, shard ${id.shard}, generation ${id.generation}, uses ${id.uses}`;
  return `a token of ${about}, subject ${topic.subject}, barred ${barredMs}:\n    ${told.slice(-60).join('\n    ')}`;
}
