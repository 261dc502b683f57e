import type { Deposits } from '../ledger/deposits.ts';
import { parseFoundDeposit, parseGuessAnswer, parsePut } from './answers.ts';
import type { AskedShards } from './ask.ts';
import { shardOf } from './keys.ts';

/** Deposits beside the ledger's records. `deposits.lua` names their keys. */
export function redisDeposits({ ask }: Pick<AskedShards, 'ask'>, shards: number): Deposits {
  return {
    shardOf: (secret) => shardOf(secret, shards),
    put: ({ shard, lock, ...deposit }) => {
      const { epoch, name, contents, untilMs } = deposit;
      const { answer = '', tries = '-' } = lock ?? {};
      const input = { epoch, name, contents, untilMs, answer, tries: String(tries) };
      return ask('deposit-put', shard, input, parsePut);
    },
    find: ({ shard, name }) => ask('deposit-find', shard, { name }, parseFoundDeposit),
    guess: ({ shard, name }, answer) => ask('deposit-guess', shard, { name, answer }, parseGuessAnswer),
  };
}
