import { MAX_CLOCK_TOLERANCE_SECONDS, MAX_LIFETIME_SECONDS } from '../token/purpose.ts';
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
  heard(shard: number, reply: ScriptReply): void;
  /** What is wrong with the memory that answered, as far as this process knew before it asked. */
  relapse(shard: number, reply: ScriptReply, heardBefore: Heard | undefined): Relapse | undefined;
  /** Whether this epoch was seen alive here and replaced by another; without one, any whose tokens may be unexpired. */
  hasReplaced(shard: number, epoch?: string): boolean;
}

interface Known {
  epoch: string;
  changes: number;
  replacements: number;
  /** Epochs that were replaced by another, oldest first. */
  readonly replaced: Map<string, Replacement>;
}

interface Replacement {
  /** Of the shard's replacements, counted from 1. */
  readonly number: number;
  readonly atMs: number;
}

/** Beyond so many of one shard, the oldest is no longer known. */
const MOST_REPLACED = 1000;
/** Of a token, from its minting to the moment at which nobody tolerates it any more. */
const LONGEST_LIFE_MS = (MAX_LIFETIME_SECONDS + MAX_CLOCK_TOLERANCE_SECONDS) * 1000;

/**
 * What one process remembers of every shard. An epoch that was replaced and comes back is that of another memory:
 * what was decided in between, such as a revocation, is not in it.
 */
export function rememberShards(monotonicMs: () => number, onReplaced: (shard: number) => void): Shards {
  const shards = new Map<number, Known>();

  function replace(known: Known, epoch: string): void {
    known.replacements++;
    known.replaced.set(known.epoch, { number: known.replacements, atMs: monotonicMs() });
    for (const oldest of known.replaced.keys()) {
      if (known.replaced.size <= MOST_REPLACED) break;
      known.replaced.delete(oldest);
    }
    known.epoch = epoch;
    known.changes = 0;
  }

  return {
    last: (shard) => {
      const known = shards.get(shard);
      return known && { epoch: known.epoch, changes: known.changes, replacements: known.replacements };
    },
    heard(shard, { epoch, changes }) {
      if (epoch === '') return;
      const known = shards.get(shard) ?? { epoch, changes, replacements: 0, replaced: new Map() };
      shards.set(shard, known);
      if (known.replaced.has(epoch)) return;
      if (known.epoch !== epoch) {
        replace(known, epoch);
        onReplaced(shard);
      }
      known.changes = Math.max(known.changes, changes);
    },
    relapse(shard, { epoch, changes, changed }, heardBefore) {
      if (!heardBefore) return undefined;
      // A question that was asked before its epoch was replaced may be answered after that.
      const replacement = shards.get(shard)?.replaced.get(epoch)?.number ?? Number.POSITIVE_INFINITY;
      if (replacement <= heardBefore.replacements) return 'epoch-came-back';
      if (epoch !== heardBefore.epoch) return undefined;
      // Every change is counted, so a call that changed something must be told more than all that was heard before it.
      const least = changed ? heardBefore.changes + 1 : heardBefore.changes;
      return changes < least ? 'memory-went-back' : undefined;
    },
    hasReplaced: (shard, epoch) => {
      const replaced = shards.get(shard)?.replaced ?? new Map<string, Replacement>();
      if (epoch !== undefined) return replaced.has(epoch);
      const newest = [...replaced.values()].at(-1);
      return newest !== undefined && monotonicMs() - newest.atMs < LONGEST_LIFE_MS;
    },
  };
}
