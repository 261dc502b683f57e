import type { ScriptReply } from './reply.ts';

/** What this process has heard of one shard. */
export interface Heard {
  readonly epoch: string;
  /** The most burns of this epoch that any reply has told of. */
  readonly total: number;
  /** When the newest question was sent whose reply told of this epoch. */
  readonly confirmedAtMs: number;
}

/** The memory of what each shard was last heard to say. */
export interface Shards {
  /** The epoch, if a question sent at or after `sinceMs` was answered with it. */
  confirmed(shard: number, sinceMs: number): string | undefined;
  /** What was heard last, confirmed or not. */
  last(shard: number): Heard | undefined;
  heard(shard: number, reply: ScriptReply, sentAtMs: number): void;
  /** The connection is gone: what it confirmed must be asked for again. Totals stay known. */
  unconfirm(): void;
}

export function rememberShards(): Shards {
  const shards = new Map<number, Heard>();
  return {
    confirmed(shard, sinceMs) {
      const known = shards.get(shard);
      return known && known.confirmedAtMs >= sinceMs ? known.epoch : undefined;
    },
    last: (shard) => shards.get(shard),
    heard(shard, { epoch, total }, sentAtMs) {
      const known = shards.get(shard);
      if (epoch === '' || (known && known.confirmedAtMs > sentAtMs)) return;
      const highest = known?.epoch === epoch ? Math.max(total, known.total) : total;
      shards.set(shard, { epoch, total: highest, confirmedAtMs: sentAtMs });
    },
    unconfirm() {
      for (const [shard, known] of shards)
        shards.set(shard, { ...known, confirmedAtMs: Number.NEGATIVE_INFINITY });
    },
  };
}
