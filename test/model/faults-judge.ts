import type { BurnAnswer, SignedToken } from '../../src/ledger/burn-ledger.ts';
import type { TokenId } from '../../src/token/id.ts';
import type { Memory } from './faults-memories.ts';
import type { Mark, Past } from './faults-past.ts';

/** A token, and what those who used it were told. */
export interface Told {
  readonly number: number;
  readonly id: TokenId;
  readonly topic: SignedToken;
  readonly live: number | undefined;
  readonly burnableUntilMs: number;
  /** Where it was minted. */
  readonly memory: Memory;
  readonly minted: Mark;
  /** Attempts that were told of a use, and not that it was given back; each with where that was told. */
  readonly uses: Map<string, Set<Mark>>;
  /** Attempts that asked for a use, or gave one back, and got no answer. */
  readonly unanswered: Set<string>;
  /** Who collected, by attempt. */
  readonly collected: Map<string, Map<string, Set<Mark>>>;
  /** Attempts whose use may be burned for good, and those whose use may be collected: a revoked key does not change that. */
  readonly settled: Set<string>;
  readonly fetched: Set<string>;
  /** Answers after which nobody is to get another use. */
  readonly ends: End[];
  /** Whether anything was asked that may have taken a use of it or ended it. */
  touched: boolean;
  registration?: { readonly askedAt: number; toldAt?: number; readonly marks: Set<Mark> };
}

interface End {
  readonly why: string;
  readonly mark: Mark;
  /** Attempts that may have taken a use before. */
  readonly before: ReadonlySet<string>;
  /** Whether not even they are to be granted it again. */
  readonly isRevocation: boolean;
}

/** Where an answer came from, and what the instance that got it had heard before. */
export interface Source {
  readonly memory: Memory;
  /** The epoch that lives there. */
  readonly epoch: string;
  /** Whether the question was asked before, and may have been answered. */
  readonly repliesLost: boolean;
  readonly past: Past;
  readonly identity: string;
  readonly nowMs: number;
  /** Whether the instance had heard what shows that this memory went back. */
  readonly knewBetter: (epoch: string) => boolean;
}

type Settlement = 'commit' | 'release';

export class Violation extends Error {
  override readonly name = 'Violation';
}

/** Judges answers by what must hold whatever happens. Throws a `Violation`. */
export function newJudge() {
  const tokens: Told[] = [];
  /** The server that each epoch belongs to. */
  const homes = new Map<string, string>();
  /** How many faults there had been that may end an epoch, when it was first heard of. */
  const births = new Map<string, number>();
  let moment = 0;

  /**
   * Whether a memory may be without what these marks stand for, and nobody is to blame. That is so only if all of
   * this holds: they were never in this memory's past, the server is the one that the epoch belongs to, the instance
   * that asks has not heard what shows that the memory went back (more changes of the epoch, or one that replaced
   * it), and no other instance that had heard so was answered here since. Two things lead there, and both are said
   * not to be promised:
   * - An operator has put an older state of the epoch back in place while the process went on, and those who had
   *   heard of more are gone or have not asked. It lacks uses, revocations and all else that was recorded since.
   * - A revocation was answered by another master, and the token's epoch lives on at this one. It lacks that
   *   revocation alone: whatever was recorded in the epoch was recorded here.
   */
  function excused(epoch: string, marks: Iterable<Mark>, source: Source): boolean {
    for (const mark of marks) if (source.past.records.has(mark)) return false;
    return homes.get(epoch) === source.identity && !source.past.ended.has(epoch) && !source.knewBetter(epoch);
  }

  function record(marks: Set<Mark>, source: Source): void {
    const mark = {};
    marks.add(mark);
    source.past.records.add(mark);
  }

  /** An attempt was told that it has a use, now or since before. */
  function used(token: Told, attempt: string, repeated: boolean, source: Source): void {
    const known = token.uses.get(attempt);
    if (known) {
      record(known, source);
      return;
    }
    const others = [...token.uses].filter(([, marks]) => !excused(token.id.epoch, marks, source));
    if (others.length >= token.id.uses) {
      throw new Violation(
        `token ${token.number} was redeemed ${others.length + 1} times, for ${token.id.uses} uses`,
      );
    }
    for (const { why, mark, before } of token.ends) {
      if (repeated && before.has(attempt)) continue;
      if (!excused(token.id.epoch, [mark], source))
        throw new Violation(`token ${token.number} was redeemed after ${why}`);
    }
    const marks = new Set<Mark>();
    token.uses.set(attempt, marks);
    record(marks, source);
  }

  /** What was revoked is granted to nobody, nor granted again. */
  function granted(token: Told, source: Source): void {
    for (const { why, mark, isRevocation } of token.ends) {
      if (!isRevocation || excused(token.id.epoch, [mark], source)) continue;
      throw new Violation(`token ${token.number} was redeemed again after ${why}`);
    }
  }

  /** Nothing is granted, held or done under a key that this very memory has said to be revoked. */
  function underKey({ number, topic }: Told, what: string, { past }: Source): void {
    if (past.revokedKeys.has(topic.kid))
      throw new Violation(`token ${number} was ${what} under a key that is revoked`);
  }

  function end(
    token: Told,
    why: string,
    source: Source,
    { isRevocation = true, isRecorded = true } = {},
  ): void {
    const mark = {};
    if (isRecorded) source.past.records.add(mark);
    const before = new Set([...token.uses.keys(), ...token.unanswered]);
    token.ends.push({ why, mark, before, isRevocation });
  }

  return {
    tokens,
    minted: (token: Told, { past }: Source): void => {
      past.records.add(token.minted);
      tokens.push(token);
    },
    /** An epoch was heard of. The first time tells the server that it belongs to. */
    lives: (epoch: string, identity: string, faults?: number) => {
      if (homes.has(epoch)) return;
      homes.set(epoch, identity);
      if (faults !== undefined) births.set(epoch, faults);
    },
    bornAt: (epoch: string) => births.get(epoch),
    /** The epoch was carried over to another server by its operator. */
    carriedOver: (epoch: string, identity: string) => homes.set(epoch, identity),

    asked: (token: Told) => {
      token.touched = true;
    },
    burned: (token: Told, attempt: string, answer: BurnAnswer | undefined, source: Source): void => {
      if (answer?.outcome === 'burned' || answer?.outcome === 'held') {
        underKey(token, 'redeemed', source);
        used(token, attempt, answer.repeated, source);
        granted(token, source);
        if (answer.outcome === 'burned') token.settled.add(attempt);
      } else if (answer?.outcome === 'released') {
        token.uses.delete(attempt);
      } else if (!answer || source.repliesLost) {
        token.unanswered.add(attempt);
      }
    },
    settled: (
      token: Told,
      attempt: string,
      how: Settlement,
      outcome: string | undefined,
      source: Source,
    ): void => {
      if (how === 'commit' && outcome === 'burned' && !token.settled.has(attempt))
        underKey(token, 'committed', source);
      if (outcome !== 'revoked') token.settled.add(attempt);
      if (outcome === 'burned') {
        used(token, attempt, true, source);
        return;
      }
      if (outcome === 'released') token.uses.delete(attempt);
      if (how === 'commit' || (outcome !== undefined && !source.repliesLost)) return;
      // It may have been given back: whoever asked has to find out, and does not count it as used until then.
      if (token.uses.delete(attempt)) token.unanswered.add(attempt);
    },
    collecting: (token: Told, attempt: string, outcome: string | undefined, source: Source): void => {
      if (outcome === 'collected' && !token.fetched.has(attempt)) underKey(token, 'collected', source);
      if (outcome !== 'revoked') token.fetched.add(attempt);
    },
    collected: (token: Told, attempt: string, collector: string, source: Source): void => {
      used(token, attempt, true, source);
      const collectors = token.collected.get(attempt) ?? new Map<string, Set<Mark>>();
      token.collected.set(attempt, collectors);
      for (const [other, marks] of collectors) {
        if (other !== collector && !excused(token.id.epoch, marks, source)) {
          throw new Violation(`a use of token ${token.number} was collected by two`);
        }
      }
      const marks = collectors.get(collector) ?? new Set<Mark>();
      collectors.set(collector, marks);
      record(marks, source);
    },
    /** Whatever a revocation answers, nobody is to get a use, nor to be told of one again. */
    revoked: (token: Told, outcome: string, source: Source) =>
      end(token, `its revocation was answered ${outcome}`, source),
    subjectRevoked: (purpose: string | undefined, source: Source): void => {
      for (const token of tokens) {
        if (purpose === undefined || token.topic.purpose === purpose) {
          token.touched = true;
          // A memory of before the minting of a token, put back in place unnoticed, counts its revocations anew.
          const knowsIt = token.id.epoch !== source.epoch || source.past.records.has(token.minted);
          end(token, 'its subject was revoked', source, { isRecorded: knowsIt });
        }
      }
    },
    keyRevoked: (kid: string, { past }: Source): void => {
      past.revokedKeys.add(kid);
    },
    registering: (token: Told): void => {
      token.registration ??= { askedAt: ++moment, marks: new Set() };
    },
    registered: (token: Told, source: Source): void => {
      const { registration } = token;
      if (!registration) return;
      const isFirst = registration.toldAt === undefined;
      registration.toldAt ??= ++moment;
      record(registration.marks, source);
      if (!isFirst || token.live === undefined) return;
      const here = ({ marks }: { marks: Set<Mark> }) =>
        [...marks].some((mark) => source.past.records.has(mark));
      const sureToLive = tokens
        .concat(tokens.includes(token) ? [] : token)
        .filter(
          ({ id, registration: other, touched, burnableUntilMs, ends, topic }) =>
            topic.purpose === token.topic.purpose &&
            id.epoch === token.id.epoch &&
            other?.toldAt !== undefined &&
            here(other) &&
            !touched &&
            ends.length === 0 &&
            source.nowMs < burnableUntilMs,
        );
      if (!sureToLive.includes(token)) return;
      for (const older of tokens) {
        const told = older.registration?.toldAt;
        if (older === token || told === undefined || older.topic.purpose !== token.topic.purpose) continue;
        if (older.id.epoch === token.id.epoch && older.registration && !here(older.registration)) continue;
        const newer = sureToLive.filter((each) => (each.registration?.askedAt ?? 0) > told);
        if (newer.length >= token.live)
          end(older, `token ${token.number} took its place`, source, { isRevocation: false });
      }
    },
  };
}
