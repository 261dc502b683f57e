import { type BurnLedger, expiryMinute, type LivingEpoch } from '../ledger/burn-ledger.ts';
import { MAX_GENERATION, type TokenId } from '../token/id.ts';
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
import { countAt, type ScriptReply, textAt } from './reply.ts';
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
  const askEpoch = sharedQuestion((shard: number) =>
    ask('open-epoch', shard, {}, (reply) => {
      memory.heardPrevious(shard, namesAt(reply, 1));
      return { epoch: reply.epoch, generation: countAt(reply, 0), nowMs: reply.nowMs };
    }),
  );
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const stopWatching = watchReplaced(connection.redis, () => {
    for (const shard of all) {
      if (memory.wasReplacedLately(shard)) ask('watch-epoch', shard, {}, () => {}).catch(() => {});
    }
  });

  async function living(subject: string): Promise<LivingEpoch> {
    const shard = shardOf(subject, shards);
    return { shard, ...(await askEpoch(shard)) };
  }

  return {
    living,

    burn: ({
      id,
      attempt,
      caller,
      burnableFromMs,
      burnableUntilMs,
      holdSeconds = 0,
      proofName = '',
      ...of
    }) =>
      ask(
        'burn',
        id.shard,
        {
          bucketKey: keys.bucket(id),
          ...tokenOf(id),
          generation: id.generation,
          burnableFrom: burnableFromMs,
          burnableUntil: burnableUntilMs,
          attempt,
          caller,
          holdSeconds,
          ...subjectDigests(of),
          proof: proofName,
        },
        (reply) => parseBurnAnswer(reply, attempt),
      ),

    settle: ({ id, attempt, caller }, how) => {
      const input = { bucketKey: keys.bucket(id), ...tokenOf(id), attempt, caller, how };
      return ask('settle', id.shard, input, (reply) => parseSettleAnswer(reply, attempt));
    },

    collect: ({ id, attempt, caller, collector }) => {
      const input = { bucketKey: keys.bucket(id), ...tokenOf(id), attempt, caller, collector };
      return ask('collect', id.shard, input, (reply) => parseCollectAnswer(reply, attempt));
    },

    revoke: async (id, burnableUntilMs) => {
      const input = { bucketKey: keys.bucket(id), ...tokenOf(id), burnableUntil: burnableUntilMs };
      const answer = await ask('revoke', id.shard, input, parseRevokeAnswer);
      // Wherever the token's epoch may live, it has not heard of this.
      if (answer.outcome === 'void') memory.condemn(id.shard, id.epoch);
      return answer;
    },

    revokeSubject: (subject, purpose) => {
      const shard = shardOf(subject, shards);
      const input = { digest: subjectDigest(subject, purpose), largest: MAX_GENERATION };
      return ask('revoke-subject', shard, input, (reply) => {
        memory.heardPrevious(shard, namesAt(reply, 0));
        return { epoch: reply.epoch, elsewhere: memory.wasReplacedLately(shard) };
      });
    },

    register: (id, of, live, burnableUntilMs) =>
      ask(
        'register',
        id.shard,
        {
          ...tokenOf(id),
          generation: id.generation,
          burnableUntil: burnableUntilMs,
          ...subjectDigests(of),
          live,
        },
        parseRegistered,
      ),

    inspect: (id, of) => {
      const digests = of ? subjectDigests(of) : { subjectDigest: '', purposeDigest: '' };
      const { generation } = id;
      const input = { bucketKey: keys.bucket(id), ...tokenOf(id), generation, ...digests };
      return ask('inspect', id.shard, input, parseRecordedState);
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

/** A token, as the scripts that look for its records name it. */
function tokenOf(id: TokenId) {
  return { tokenEpoch: id.epoch, minute: expiryMinute(id), nonce: id.nonce, allowed: id.uses };
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
