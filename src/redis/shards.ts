import { MAX_CLOCK_TOLERANCE_SECONDS, MAX_LIFETIME_SECONDS } from '../contract/limits.ts';
import type { ScriptReply } from './reply.ts';

/** What this process knew of a shard when it asked a question. */
export interface Heard {
  readonly epoch: string;
  /** The most changes of this epoch that any reply has told of. */
  readonly changes: number;
  /** How many epochs had been replaced by another. */
  readonly replacements: number;
}

/** Why an epoch that a reply names must not go on: the reason that the next one is given. */
export type Relapse = 'memory-went-back' | 'epoch-came-back';

export interface Shards {
  last(shard: number): Heard | undefined;
  /** Hears a reply, and tells what is wrong with the memory that gave it, as far as was known before the question. */
  heard(shard: number, reply: ScriptReply, heardBefore: Heard | undefined): Relapse | undefined;
  /** From now on this epoch is that of an earlier memory: something was decided that it does not know. */
  condemn(shard: number, epoch: string): void;
  /** Hears which epochs the living one replaced, newest first: this process may never have met them. */
  heardPrevious(shard: number, previous: readonly string[]): void;
  /** Whether an epoch was replaced so lately that its tokens may be unexpired, wherever it may still live. */
  wasReplacedLately(shard: number): boolean;
}

interface Known {
  epoch: string;
  changes: number;
  replacements: number;
  /** When an epoch was last added to those below. */
  replacedAtMs: number;
  /** Epochs that must not come back, oldest first: those that were seen or told to be replaced by another. */
  readonly replaced: Map<string, Replacement>;
  /** And those that a caller's token named. They are kept apart, so that made-up ones push out none of the others. */
  readonly named: Map<string, Replacement>;
}

interface Replacement {
  /** Which replacement of the shard this is, counted from 1. A question that was asked before it may be answered after it. */
  readonly number: number;
  readonly why: Relapse;
}

/** Beyond so many of one shard and kind, the oldest is no longer known. */
const MOST_REPLACED = 1000;
/** The longest that a token can be accepted, from its minting, clock tolerance included. */
const LONGEST_LIFE_MS = (MAX_LIFETIME_SECONDS + MAX_CLOCK_TOLERANCE_SECONDS) * 1000;

/**
 * What one process remembers of every shard. An epoch that was replaced and comes back is that of another memory:
 * what was decided in between, such as a revocation, is not in it.
 */
export function rememberShards(monotonicMs: () => number, onReplaced: (shard: number) => void): Shards {
  const shards = new Map<number, Known>();

  function knownAt(shard: number): Known {
    const known = shards.get(shard) ?? {
      epoch: '',
      changes: 0,
      replacements: 0,
      replacedAtMs: Number.NEGATIVE_INFINITY,
      replaced: new Map(),
      named: new Map(),
    };
    shards.set(shard, known);
    return known;
  }

  function keep(known: Known, kind: 'replaced' | 'named', epoch: string, replacement: Replacement): void {
    const epochs = known[kind];
    if (epoch === '' || epochs.has(epoch)) return;
    known.replacedAtMs = monotonicMs();
    epochs.set(epoch, replacement);
    const oldest = epochs.size > MOST_REPLACED ? epochs.keys().next().value : undefined;
    if (oldest !== undefined) epochs.delete(oldest);
  }

  function relapseOf(known: Known, reply: ScriptReply, heardBefore: Heard | undefined): Relapse | undefined {
    const { epoch, changes, changed } = reply;
    const replacement = known.replaced.get(epoch) ?? known.named.get(epoch);
    if (replacement && replacement.number <= (heardBefore?.replacements ?? 0)) return replacement.why;
    if (epoch !== heardBefore?.epoch) return undefined;
    // Every change is counted, so a call that changed something must be told more than all that was heard before it.
    const least = changed ? heardBefore.changes + 1 : heardBefore.changes;
    return changes < least ? 'memory-went-back' : undefined;
  }

  return {
    last: (shard) => {
      const known = shards.get(shard);
      return known && { epoch: known.epoch, changes: known.changes, replacements: known.replacements };
    },
    heard(shard, reply, heardBefore) {
      const { epoch, changes } = reply;
      if (epoch === '') return undefined;
      const known = knownAt(shard);
      const relapse = relapseOf(known, reply, heardBefore);
      // Condemned before anybody can end it: that may fail, and the memory may catch up meanwhile.
      if (relapse) keep(known, 'replaced', epoch, { number: 0, why: relapse });
      if (known.replaced.has(epoch) || known.named.has(epoch)) return relapse;
      if (known.epoch !== epoch) {
        if (known.epoch !== '') {
          known.replacements++;
          keep(known, 'replaced', known.epoch, { number: known.replacements, why: 'epoch-came-back' });
          onReplaced(shard);
        }
        known.epoch = epoch;
        known.changes = 0;
      }
      known.changes = Math.max(known.changes, changes);
      return relapse;
    },
    condemn: (shard, epoch) => keep(knownAt(shard), 'named', epoch, { number: 0, why: 'epoch-came-back' }),
    heardPrevious(shard, previous) {
      const known = knownAt(shard);
      const replacement = { number: known.replacements, why: 'epoch-came-back' } as const;
      for (const epoch of [...previous].reverse()) keep(known, 'replaced', epoch, replacement);
    },
    wasReplacedLately: (shard) =>
      monotonicMs() - (shards.get(shard)?.replacedAtMs ?? Number.NEGATIVE_INFINITY) < LONGEST_LIFE_MS,
  };
}
