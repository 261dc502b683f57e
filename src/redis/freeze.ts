import { createHash } from 'node:crypto';
import { askShards, type ShardsOptions } from './ask.ts';

export interface Reopened {
  /** Shards whose outstanding tokens go on. */
  readonly reopened: readonly number[];
  /** Shards that are sealed under another ticket, and stay so. */
  readonly otherTicket: readonly number[];
  /** Shards that have no seal: it was lost with the data, has given up, was reopened, or never made. */
  readonly noSeal: readonly number[];
}

/** Planned restarts and failovers without voiding what is outstanding. */
export interface LedgerSeal {
  /** From now on nothing is minted or burned, until `reopen` with the same ticket or for so many seconds. */
  seal(ticket: string, seconds: number): Promise<void>;
  /** Whoever restored an older copy of the data must not call this. A ticket works once. */
  reopen(ticket: string): Promise<Reopened>;
}

export function ledgerSeal(options: ShardsOptions): LedgerSeal {
  const { ask, keys } = askShards(options);
  const all = Array.from({ length: options.shards }, (_, shard) => shard);
  const digestOf = (ticket: string) => createHash('sha256').update(ticket).digest('base64url');

  return {
    async seal(ticket, seconds) {
      for (const shard of all) {
        await ask('freeze', shard, [keys.meta(shard)], [digestOf(ticket), seconds]);
      }
    },
    async reopen(ticket) {
      const words = new Map<number, string>();
      for (const shard of all) {
        const { word } = await ask('thaw', shard, [keys.meta(shard)], [digestOf(ticket)]);
        words.set(shard, word);
      }
      const shardsTold = (word: string) => all.filter((shard) => words.get(shard) === word);
      return {
        reopened: shardsTold('thawed'),
        otherTicket: shardsTold('other-ticket'),
        noSeal: shardsTold('not-frozen'),
      };
    },
  };
}
