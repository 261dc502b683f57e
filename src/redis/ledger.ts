import { MAX_CLOCK_TOLERANCE_SECONDS, MAX_LIFETIME_SECONDS } from '../contract/limits.ts';
import {
  type BurnLedger,
  expiryMinute,
  type LedgerChange,
  type LedgerNote,
  type LivingEpoch,
  type Reach,
} from '../ledger/burn-ledger.ts';
import { MAX_GENERATION, MAX_LEVEL, type TokenId } from '../token/id.ts';
import {
  parseBurnAnswer,
  parseCollectAnswer,
  parseRecordedState,
  parseRevokeAnswer,
  parseSettleAnswer,
} from './answers.ts';
import { type AskedShards, askShards, type ShardsOptions } from './ask.ts';
import { shardOf } from './keys.ts';
import { drawLevels, recordName } from './places.ts';
import { registerTokens } from './register.ts';
import { countAt, namesAt, type ScriptReply, UnexpectedReplyError } from './reply.ts';
import { sharedQuestion } from './shared-question.ts';
import { subjectDigest, subjectDigests, tokenOrigin } from './subject-digest.ts';
import { watchReplaced } from './watch-replaced.ts';

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

  /** How far a revocation reaches. */
  function reachOf(shard: number, reply: ScriptReply): Reach {
    if (reply.word !== 'revoked') throw new UnexpectedReplyError();
    memory.heardPrevious(shard, namesAt(reply, 0));
    return { epoch: reply.epoch, elsewhere: memory.wasReplacedLately(shard) };
  }

  async function living(subject: string): Promise<LivingEpoch> {
    const shard = shardOf(subject, shards);
    return { shard, ...(await askEpoch(shard)) };
  }

  return {
    living,
    levelOf: drawLevels(MAX_LEVEL),

    burn: ({
      id,
      attempt,
      caller,
      burnableFromMs,
      burnableUntilMs,
      holdSeconds = 0,
      toBeCollected = false,
      proofName = '',
      kid,
      note,
      ...of
    }) =>
      ask(
        'burn',
        id.shard,
        {
          bucketKey: keys.bucket(id),
          tokenEpoch: id.epoch,
          minute: expiryMinute(id),
          nonce: recordName(id),
          generation: id.generation,
          burnableFrom: burnableFromMs,
          burnableUntil: burnableUntilMs,
          attempt,
          caller,
          terms: `${id.uses} ${holdSeconds} ${toBeCollected ? 1 : 0} ${proofName}`,
          origin: tokenOrigin(of, kid),
          note: note?.text ?? '',
        },
        (reply) => {
          const answer = parseBurnAnswer(reply, attempt);
          tell(reply, answer.outcome === 'held' ? 'token.held' : 'token.redeemed', note);
          return answer;
        },
      ),

    settle: ({ id, attempt, caller, note }, how) => {
      const who = { attempt, caller, how, note: note?.text ?? '' };
      return ask('settle', id.shard, { bucketKey: keys.bucket(id), ...tokenOf(id), ...who }, (reply) => {
        const answer = parseSettleAnswer(reply, attempt);
        tell(reply, answer.outcome === 'released' ? 'token.released' : 'token.committed', note);
        return answer;
      });
    },

    collect: ({ id, attempt, caller, collector, kid, note, ...of }) => {
      const { generation } = id;
      const who = { attempt, caller, collector, kid, note: note?.text ?? '', ...subjectDigests(of) };
      const input = { bucketKey: keys.bucket(id), ...tokenOf(id), generation, ...who };
      return ask('collect', id.shard, input, (reply) => {
        const answer = parseCollectAnswer(reply, attempt);
        tell(reply, 'token.collected', note);
        return answer;
      });
    },

    revoke: async (id, burnableUntilMs, note) => {
      const what = { ...tokenOf(id), burnableUntil: burnableUntilMs, note: note?.text ?? '' };
      const input = { bucketKey: keys.bucket(id), ...what };
      const answer = await ask('revoke', id.shard, input, (reply) => {
        const revoked = parseRevokeAnswer(reply);
        tell(reply, 'token.revoked', note);
        return revoked;
      });
      // Wherever the token's epoch may live, it has not heard of this.
      if (answer.outcome === 'void') memory.condemn(id.shard, id.epoch);
      return answer;
    },

    revokeSubject: (subject, purpose, note) => {
      const shard = shardOf(subject, shards);
      const digest = subjectDigest(subject, purpose);
      const input = { digest, largest: MAX_GENERATION, note: note?.text ?? '' };
      return ask('revoke-subject', shard, input, (reply) => {
        const reach = reachOf(shard, reply);
        tell(reply, 'subject.revoked', note);
        return reach;
      });
    },

    revokeKey: async (kid) => {
      const revoked = all.map((shard) => ask('revoke-key', shard, { kid }, (reply) => reachOf(shard, reply)));
      const [first, ...others] = await Promise.all(revoked);
      if (!first) throw new TypeError('a ledger has no shard');
      return { epoch: first.epoch, elsewhere: [first, ...others].some(({ elsewhere }) => elsewhere) };
    },

    register: (tokens, of, live, note) => registerTokens(ask, tokens, of, live, note),

    mayHaveMinted: async ({ shard, epoch, generation, issuedAt, expiresAt }) => {
      const newestMs = Math.max(clock.newestMs(shard), clock.atMostMs(shard) ?? options.nowMs());
      const latest = newestMs / 1000 + MAX_LIFETIME_SECONDS + MAX_CLOCK_TOLERANCE_SECONDS;
      if (shard >= shards || expiresAt - issuedAt > MAX_LIFETIME_SECONDS || expiresAt > latest) return false;
      if (generation <= (generations.get(shard) ?? 0)) return true;
      const living = await askEpoch(shard);
      return epoch !== living.epoch || generation <= living.generation;
    },

    inspect: (id, of) => {
      const said = of ? { ...subjectDigests(of), kid: of.kid } : NOTHING_SAID;
      const input = { bucketKey: keys.bucket(id), ...tokenOf(id), generation: id.generation, ...said };
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
  return { tokenEpoch: id.epoch, minute: expiryMinute(id), nonce: recordName(id), allowed: id.uses };
}

/** What is known of a token by its id alone. */
const NOTHING_SAID = { subjectDigest: '', purposeDigest: '', kid: '' };

/** Tells the note of a question that this very call has recorded it. */
function tell({ changed, nowMs }: ScriptReply, what: LedgerChange, note: LedgerNote | undefined): void {
  if (changed) note?.recorded(what, nowMs);
}
