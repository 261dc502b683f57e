import type { Deposits } from '../ledger/deposits.ts';
import { parseFoundDeposit, parseGuessAnswer, parsePut } from './answers.ts';
import type { AskedShards } from './ask.ts';
import { understood } from './reply.ts';

/** Deposits beside the ledger's records. `deposits.lua` names their keys. */
export function redisDeposits({ ask, keys }: AskedShards): Deposits {
  return {
    put: async ({ shard, name, epoch, contents, untilMs, lock }) => {
      const reply = await ask(
        'deposit-put',
        shard,
        [keys.meta(shard)],
        [...[epoch, name, contents, untilMs, lock?.answer ?? '', lock?.tries ?? '-']],
      );
      return understood(() => parsePut(reply));
    },
    find: async ({ shard, name }) => {
      const reply = await ask('deposit-find', shard, [keys.meta(shard)], [name]);
      return understood(() => parseFoundDeposit(reply));
    },
    guess: async ({ shard, name }, answer) => {
      const reply = await ask('deposit-guess', shard, [keys.meta(shard)], [name, answer]);
      return understood(() => parseGuessAnswer(reply));
    },
  };
}
