import type { BurnAnswer, RevokeAnswer, SettleAnswer, SignedToken } from '../../../src/ledger/burn-ledger.ts';
import type { TokenId } from '../../../src/token/id.ts';

/** One question about a token, and what came back. */
export interface Try {
  readonly what: 'burn' | 'commit' | 'release' | 'revoke';
  /** '' for a revocation, which is nobody's attempt. */
  readonly attempt: string;
  readonly instance: string;
  readonly begunMs: number;
  /** `Infinity` while it is under way. */
  readonly endedMs: number;
  readonly outcome: BurnAnswer['outcome'] | SettleAnswer['outcome'] | RevokeAnswer['outcome'] | 'no-answer';
}

/** An answer by which nobody new may redeem the token any more. */
export interface Bar {
  readonly by: 'revocation' | 'revocation by subject' | 'revocation by key' | 'newer token';
  readonly instance: string;
  readonly begunMs: number;
  readonly sinceMs: number;
  /** The epoch that gave the answer. */
  readonly epoch: string;
}

/** A token with everything that was tried with it. */
export interface TriedToken {
  readonly id: TokenId;
  readonly topic: SignedToken;
  readonly tries: Try[];
  /** Since when it is known to count among the live tokens of its subject, and when that was asked for. */
  registered?: { readonly begunMs: number; readonly endedMs: number };
  readonly bars: Bar[];
  /** By attempt: those who were told that they collected what it burned. */
  readonly collectors: Map<string, Set<string>>;
}

/** Everybody who ever tried to redeem it. */
export function attemptsAt({ tries }: TriedToken): readonly string[] {
  return [...new Set(tries.filter(({ what }) => what === 'burn').map(({ attempt }) => attempt))];
}

/** The attempts that were told that they burned it. */
export function burnedBy({ tries }: TriedToken): readonly string[] {
  return [...new Set(tries.filter(({ outcome }) => outcome === 'burned').map(({ attempt }) => attempt))];
}

/** The attempts that were told that they hold it, or held it. */
export function heldBy({ tries }: TriedToken): readonly string[] {
  return [...new Set(tries.filter(({ outcome }) => outcome === 'held').map(({ attempt }) => attempt))];
}

/** The attempts that were told that they have given it back. */
export function releasedBy({ tries }: TriedToken): readonly string[] {
  return [...new Set(tries.filter(({ outcome }) => outcome === 'released').map(({ attempt }) => attempt))];
}

/** From now on nobody new may redeem them. */
export function bar(tokens: readonly TriedToken[], by: Omit<Bar, 'sinceMs'>): void {
  const sinceMs = performance.now();
  for (const { bars } of tokens) bars.push({ ...by, sinceMs });
}

export function isBarred({ bars }: TriedToken): boolean {
  return bars.length > 0;
}

export function describeTokens(tokens: readonly TriedToken[], most = 3): string {
  return tokens.slice(0, most).map(describeToken).join('\n');
}

const TOLD_TRIES = 60;

function describeToken({ id, topic, bars, tries }: TriedToken): string {
  const first = Math.max(
    0,
    tries.findIndex(({ outcome }) => outcome === 'burned' || outcome === 'held'),
  );
  const told = tries
    .filter(({ outcome, what }, index) => index - first < 20 || what !== 'burn' || outcome === 'burned')
    .map(({ what, attempt, instance, begunMs, endedMs, outcome }) =>
      [
        Math.round(begunMs),
        `+${Math.round(endedMs - begunMs)}`,
        instance,
        what,
        attempt.slice(0, 6),
        outcome,
      ].join(' '),
    );
  const barred = bars.map(
    ({ by, instance, sinceMs, epoch }) =>
      `${by} at ${instance}, epoch ${epoch}, since ${Math.round(sinceMs)}`,
  );
  const about = `epoch ${id.epoch}, shard ${id.shard}, generation ${id.generation}, uses ${id.uses}, lifetime ${id.expiresAt - id.issuedAt} s`;
  return [
    `a token of ${about}, subject ${topic.subject}, purpose ${topic.purpose}, barred: ${barred.join('; ') || 'no'}`,
    ...told.slice(-TOLD_TRIES),
  ].join('\n    ');
}
