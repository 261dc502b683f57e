import { MAX_CLOCK_TOLERANCE_SECONDS, MAX_LIFETIME_SECONDS } from '../contract/limits.ts';
import { type BurnLedger, expiryMinute, type LivingEpoch, type NewToken } from '../ledger/burn-ledger.ts';
import { MAX_GENERATION, type TokenId } from '../token/id.ts';
import {
  parseBurnAnswer,
  parseCollectAnswer,
  parseRecordedState,
  parseRegistered,
  parseRevokeAnswer,
  parseSettleAnswer,
  type RegistrationLook,
} from './answers.ts';
import { type AskedShards, askShards, type ShardsOptions } from './ask.ts';
import type { LedgerClient } from './client.ts';
import { shardOf } from './keys.ts';
import { countAt, type ScriptReply, textAt } from './reply.ts';
import { sharedQuestion } from './shared-question.ts';
import { subjectDigest, subjectDigests } from './subject-digest.ts';
import { unavailable } from './unavailable.ts';

export interface ShardedLedgerOptions extends ShardsOptions {
  readonly nowMs: () => number;
}

/** The ledger in Redis. docs/ledger.md tells the protocol; the scripts beside this file are its core. */
export function redisLedger(
  options: ShardedLedgerOptions,
  { ask, keys, clock, memory }: AskedShards = askShards(options),
): BurnLedger {
  const { connection, shards } = options;
  /** By shard: the largest generation that was heard of. */
  const generations = new Map<number, number>();
  const askEpoch = sharedQuestion((shard: number) =>
    ask('open-epoch', shard, {}, (reply) => {
      memory.heardPrevious(shard, namesAt(reply, 1));
      const generation = countAt(reply, 0);
      generations.set(shard, Math.max(generation, generations.get(shard) ?? 0));
      return { epoch: reply.epoch, generation, nowMs: reply.nowMs };
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
      toBeCollected = false,
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
          toCollect: toBeCollected ? 1 : 0,
          ...subjectDigests(of),
          proof: proofName,
        },
        (reply) => parseBurnAnswer(reply, attempt),
      ),

    settle: ({ id, attempt, caller }, how) => {
      const input = { bucketKey: keys.bucket(id), ...tokenOf(id), attempt, caller, how };
      return ask('settle', id.shard, input, (reply) => parseSettleAnswer(reply, attempt));
    },

    collect: ({ id, attempt, caller, collector, ...of }) => {
      const { generation } = id;
      const who = { attempt, caller, collector, ...subjectDigests(of) };
      const input = { bucketKey: keys.bucket(id), ...tokenOf(id), generation, ...who };
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

    register: async (tokens, of, live) => {
      const [first] = tokens;
      if (!first) return true;
      const { shard, epoch: tokenEpoch } = first.id;
      const generation = Math.max(...tokens.map(({ id }) => id.generation));
      const list = JSON.stringify(tokens.flatMap(listed));
      const input = { tokenEpoch, generation, ...subjectDigests(of), live };
      let look: RegistrationLook | undefined = { after: '', living: 0, over: 0, seen: 0 };
      for (let looks = 0; looks < MOST_LOOKS; looks++) {
        look = await ask(
          'register',
          shard,
          { ...input, ...look, tokens: looks === 0 ? list : '[]' },
          parseRegistered,
        );
        if (!look) return false;
        if (look.after === '') return true;
      }
      throw unavailable(
        new Error('The tokens of a subject changed while they were looked at, again and again.'),
      );
    },

    mayHaveMinted: async ({ shard, epoch, generation, issuedAt, expiresAt }) => {
      const newestMs = Math.max(clock.newestMs(shard), clock.atMostMs(shard) ?? options.nowMs());
      const latest = newestMs / 1000 + MAX_LIFETIME_SECONDS + MAX_CLOCK_TOLERANCE_SECONDS;
      if (shard >= shards || expiresAt - issuedAt > MAX_LIFETIME_SECONDS || expiresAt > latest) return false;
      if (generation <= (generations.get(shard) ?? 0)) return true;
      const living = await askEpoch(shard);
      return epoch !== living.epoch || generation <= living.generation;
    },

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

/** A new token, as `subjects.lua` lists it. */
function listed({ id, burnableUntilMs }: NewToken): readonly (string | number)[] {
  return [id.nonce, expiryMinute(id), id.uses, id.generation, burnableUntilMs];
}

function namesAt(reply: ScriptReply, index: number): readonly string[] {
  return textAt(reply, index)
    .split(',')
    .filter((name) => name !== '');
}

/** More than all tokens of a subject need, unless others change them meanwhile. */
const MOST_LOOKS = 50;
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
