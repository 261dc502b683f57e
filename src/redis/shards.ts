import type { ScriptReply } from './reply.ts';

/** What this process last heard of a shard. */
export interface Heard {
  readonly epoch: string;
  /** The most changes of this epoch that any reply has told of. */
  readonly changes: number;
}

export interface Shards {
  last(shard: number): Heard | undefined;
  heard(shard: number, reply: ScriptReply): void;
}

export function rememberShards(): Shards {
  const shards = new Map<number, Heard>();
  return {
    last: (shard) => shards.get(shard),
    heard(shard, { epoch, changes }) {
      if (epoch === '') return;
      const known = shards.get(shard);
      shards.set(shard, {
        epoch,
        changes: known?.epoch === epoch ? Math.max(changes, known.changes) : changes,
      });
    },
  };
}
