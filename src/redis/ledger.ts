import { type BurnLedger, expiryMinute, type LivingEpoch } from '../ledger/burn-ledger.ts';
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
import type { LedgerClient } from './client.ts';
import { shardOf } from './keys.ts';
import { countAt, type ScriptReply, textAt, understood } from './reply.ts';
import { sharedQuestion } from './shared-question.ts';
import { subjectDigest, subjectDigests } from './subject-digest.ts';

export interface ShardedLedgerOptions extends ShardsOptions {
  readonly nowMs: () => number;
}

/** The ledger in Redis. docs/ledger.md tells the protocol; the scripts beside this file are its core. */
export function redisLedger(
  options: ShardedLedgerOptions,
  { ask, keys, clock, memory }: AskedShards = askShards(options),
): BurnLedger {
  const { connection, shards } = options;
  const askEpoch = sharedQuestion(async (shard: number) => {
    const reply = await ask('tell-epoch', shard, [keys.meta(shard)]);
    return understood(() => {
      memory.heardPrevious(shard, namesAt(reply, 1));
      return { epoch: reply.epoch, generation: countAt(reply, 0), nowMs: reply.nowMs };
    });
  });
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const stopWatching = watchReplaced(connection.redis, () => {
    for (const shard of all) {
      if (memory.wasReplacedLately(shard)) ask('look-epoch', shard, [keys.meta(shard)]).catch(() => {});
    }
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
      const digests = subjectDigests({ subject, purpose });
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
      const answer = understood(() => parseRevokeAnswer(reply));
      // Wherever the token's epoch may live, it has not heard of this.
      if (answer.outcome === 'void') memory.condemn(id.shard, id.epoch);
      return answer;
    },

    revokeSubject: async (subject, purpose) => {
      const shard = shardOf(subject, shards);
      const digest = subjectDigest(subject, purpose);
      const reply = await ask('revoke-subject', shard, [keys.meta(shard)], [digest, MAX_GENERATION]);
      understood(() => memory.heardPrevious(shard, namesAt(reply, 0)));
      return { epoch: reply.epoch, elsewhere: memory.wasReplacedLately(shard) };
    },

    register: async (id, topic, live, burnableUntilMs) => {
      const reply = await ask(
        'register',
        id.shard,
        [keys.meta(id.shard)],
        [
          ...[id.epoch, expiryMinute(id), id.nonce, id.uses, id.generation],
          ...[burnableUntilMs, ...subjectDigests(topic), live],
        ],
      );
      return understood(() => parseRegistered(reply));
    },

    inspect: async (id, topic) => {
      const digests = topic ? subjectDigests(topic) : ['', ''];
      const reply = await ask('inspect', id.shard, keysOf(id), [
        ...[id.epoch, expiryMinute(id), id.nonce, id.uses, id.generation, ...digests],
      ]);
      return understood(() => parseRecordedState(reply));
    },

    nowMs: (shard) => clock.atMostMs(shard) ?? options.nowMs(),
    check: async () => {
      await Promise.all(all.map(askEpoch));
    },
    close: async () => {
      stopWatching();
      await connection.close();
    },
  };
}

function namesAt(reply: ScriptReply, index: number): readonly string[] {
  return textAt(reply, index)
    .split(',')
    .filter((name) => name !== '');
}

const WATCH_EVERY_MS = 1000;

/**
 * Looks after shards whose epoch was replaced lately, once a second and with every new connection. A memory that has
 * missed a revocation is ended as soon as the connection leads to it, not only when somebody asks.
 */
function watchReplaced(redis: LedgerClient, look: () => void): () => void {
  const timer = setInterval(() => {
    if (redis.status === 'ready') look();
  }, WATCH_EVERY_MS);
  timer.unref();
  redis.on('ready', look);
  return () => {
    clearInterval(timer);
    redis.removeListener('ready', look);
  };
}
