import { type BurnLedger, expiryMinute, type LivingEpoch } from '../burn/ledger.ts';
import { MAX_GENERATION, type TokenId } from '../token/token-id.ts';
import {
  parseBurnAnswer,
  parseCollectAnswer,
  parseRecordedState,
  parseRegistered,
  parseRevokeAnswer,
  parseSettleAnswer,
} from './answers.ts';
import { type AskedShards, askShards, type ShardsOptions } from './ask.ts';
import { shardOf } from './keys.ts';
import { countAt, understood } from './reply.ts';
import { sharedQuestion } from './shared-question.ts';
import { topicDigest, topicDigests } from './topics.ts';

export interface RedisLedgerOptions extends ShardsOptions {
  readonly nowMs: () => number;
}

/** The ledger in Redis. docs/ledger.md tells the protocol; the scripts beside this file are its core. */
export function redisLedger(
  options: RedisLedgerOptions,
  { ask, keys, clock, memory }: AskedShards = askShards(options),
): BurnLedger {
  const { connection, shards } = options;
  const askEpoch = sharedQuestion(async (shard: number) => {
    const reply = await ask('tell-epoch', shard, [keys.meta(shard)]);
    return understood(() => ({ epoch: reply.epoch, generation: countAt(reply, 0), nowMs: reply.nowMs }));
  });

  async function living(subject: string): Promise<LivingEpoch> {
    const shard = shardOf(subject, shards);
    return { shard, ...(await askEpoch(shard)) };
  }

  const keysOf = (id: TokenId) => [keys.meta(id.shard), keys.bucket(id)];

  return {
    living,

    burn: async ({
      id,
      subject,
      purpose,
      attempt,
      caller,
      burnableFromMs,
      burnableUntilMs,
      holdSeconds = 0,
      proofName = '',
    }) => {
      const digests = topicDigests({ subject, purpose });
      const reply = await ask('burn', id.shard, keysOf(id), [
        ...[id.epoch, expiryMinute(id), id.nonce, id.uses, id.generation],
        ...[burnableFromMs, burnableUntilMs, attempt, caller, holdSeconds, ...digests, proofName],
      ]);
      return understood(() => parseBurnAnswer(reply, attempt));
    },

    settle: async ({ id, attempt, caller }, how) => {
      const reply = await ask('settle', id.shard, keysOf(id), [
        ...[id.epoch, expiryMinute(id), id.nonce, id.uses, attempt, caller, how],
      ]);
      return understood(() => parseSettleAnswer(reply, attempt));
    },

    collect: async ({ id, attempt, caller, collector }) => {
      const reply = await ask('collect', id.shard, keysOf(id), [
        ...[id.epoch, expiryMinute(id), id.nonce, id.uses, attempt, caller, collector],
      ]);
      return understood(() => parseCollectAnswer(reply, attempt));
    },

    revoke: async (id, burnableUntilMs) => {
      const reply = await ask('revoke', id.shard, keysOf(id), [
        ...[id.epoch, expiryMinute(id), id.nonce, id.uses, burnableUntilMs],
      ]);
      return understood(() => parseRevokeAnswer(reply, memory.hasReplaced(id.shard, id.epoch)));
    },

    revokeSubject: async (subject, purpose) => {
      const shard = shardOf(subject, shards);
      const digest = topicDigest(subject, purpose);
      const { epoch } = await ask('revoke-subject', shard, [keys.meta(shard)], [digest, MAX_GENERATION]);
      return { epoch, elsewhere: memory.hasReplaced(shard) };
    },

    register: async (id, topic, live, burnableUntilMs) => {
      const reply = await ask(
        'register',
        id.shard,
        [keys.meta(id.shard)],
        [
          ...[id.epoch, expiryMinute(id), id.nonce, id.uses, id.generation],
          ...[burnableUntilMs, ...topicDigests(topic), live],
        ],
      );
      return understood(() => parseRegistered(reply));
    },

    inspect: async (id, topic) => {
      const digests = topic ? topicDigests(topic) : ['', ''];
      const reply = await ask('inspect', id.shard, keysOf(id), [
        ...[id.epoch, expiryMinute(id), id.nonce, id.uses, id.generation, ...digests],
      ]);
      return understood(() => parseRecordedState(reply));
    },

    nowMs: (shard) => clock.atMostMs(shard) ?? options.nowMs(),
    check: async () => {
      await Promise.all(Array.from({ length: shards }, (_, shard) => askEpoch(shard)));
    },
    close: () => connection.close(),
  };
}
