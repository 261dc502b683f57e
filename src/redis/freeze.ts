import { createHash } from 'node:crypto';
import { base64url } from 'jose';
import { askShards, type ShardsOptions, TAG_BYTES } from './ask.ts';
import type { LedgerClient } from './client.ts';
import { replyIn } from './error-reply.ts';
import { sendScript } from './named-command.ts';
import { countAt, parseReply, UnexpectedReplyError } from './reply.ts';
import { composeScripts, scriptCall } from './scripts.ts';

export interface Frozen {
  readonly frozen: readonly number[];
  /** Shards that stay frozen under another ticket. */
  readonly otherTicket: readonly number[];
  /** Since when the first of them is frozen, in unix milliseconds of Redis. */
  readonly sinceMs: number;
  /** When the last of them is no longer frozen, in unix milliseconds of Redis. */
  readonly untilMs: number;
}

/** What became of each shard that was to be thawed. */
export interface Thawed {
  /** Shards whose outstanding tokens go on. */
  readonly thawed: readonly number[];
  /** Shards that stay frozen under another ticket. */
  readonly otherTicket: readonly number[];
  /** Shards that were not frozen: the freeze was lost with the data, has run out, was thawed, or never made. */
  readonly notFrozen: readonly number[];
  /** Shards in which nothing was changed: nothing was sent, or Redis said why not. */
  readonly untouched: readonly { readonly shard: number; readonly why: string }[];
  /** Shards that may have been thawed: they were asked at this server, and the answer was lost. */
  readonly unknown: readonly { readonly shard: number; readonly askedAt: ServerIdentity }[];
}

/** Which process of which server it is, as its INFO says. */
export interface ServerIdentity {
  readonly runId: string;
  readonly replicationId: string;
}

/** Planned restarts and failovers without voiding what is outstanding. */
export interface LedgerFreeze {
  /**
   * From now on nothing is minted or burned, until `thaw` with the same ticket or for so many seconds. Rejects
   * with `ledger_unavailable` when a shard gave no answer; those before it are frozen then.
   */
  freeze(ticket: string, seconds: number): Promise<Frozen>;
  /**
   * Asks each of these shards once; without them, all. One that was thawed, or may have been, must not be asked
   * again at another server: that one may lag behind, frozen and without the burns since. With `at`, no other
   * server is asked. Do not call this for data that was restored from an older copy either.
   */
  thaw(ticket: string, only?: { shards?: readonly number[]; at?: ServerIdentity }): Promise<Thawed>;
}

type ShardThaw =
  | { readonly shard: number; readonly outcome: 'thawed' | 'other-ticket' | 'not-frozen' }
  | { readonly shard: number; readonly outcome: 'untouched'; readonly why: string }
  | { readonly shard: number; readonly outcome: 'unknown'; readonly askedAt: ServerIdentity };

export function ledgerFreeze(options: ShardsOptions): LedgerFreeze {
  const { connection, randomBytes } = options;
  const { ask, keys } = askShards(options);
  const thawing = (options.scripts ?? composeScripts())('thaw');
  const all = Array.from({ length: options.shards }, (_, shard) => shard);
  const newTag = () => base64url.encode(randomBytes(TAG_BYTES));

  async function thawShard(shard: number, digest: string, at?: ServerIdentity): Promise<ShardThaw> {
    const key = keys.meta(shard);
    let askedAt: ServerIdentity;
    try {
      askedAt = await connection.answer((redis) => identityAt(redis, key, newTag()));
    } catch (error) {
      return { shard, outcome: 'untouched', why: reasonOf(error) };
    }
    const server = serverId(askedAt);
    if (at && serverId(at) !== server) return { shard, outcome: 'untouched', why: OTHER_SERVER };
    try {
      const outcome = await connection.askOnce(async (redis) => {
        const tag = newTag();
        const { instance = '', keepPerShard: keep = 0 } = options;
        const input = { ticketDigest: digest, server };
        const call = scriptCall<'thaw'>(thawing, key, { tag, instance, keep }, input);
        const sent = { name: thawing.name, by: 'eval', script: thawing.source, ...call } as const;
        const reply = await sendScript(redis, sent);
        return parseThawed(parseReply(reply, tag).word);
      });
      return { shard, outcome };
    } catch (error) {
      const wasRefused = error instanceof Error && replyIn(error.cause) !== undefined;
      if (!wasRefused) return { shard, outcome: 'unknown', askedAt };
      return { shard, outcome: 'untouched', why: reasonOf(error) };
    }
  }

  return {
    async freeze(ticket, seconds) {
      const words = new Map<number, string>();
      let [sinceMs, untilMs] = [Number.POSITIVE_INFINITY, 0];
      for (const shard of all) {
        const input = { ticketDigest: digestOf(ticket), seconds };
        const frozen = await ask('freeze', shard, input, (reply) => ({
          word: parseFrozen(reply.word),
          untilMs: countAt(reply, 0),
          sinceMs: countAt(reply, 1),
        }));
        untilMs = Math.max(untilMs, frozen.untilMs);
        sinceMs = Math.min(sinceMs, frozen.sinceMs);
        words.set(shard, frozen.word);
      }
      const shardsThat = (word: string) => all.filter((shard) => words.get(shard) === word);
      return { frozen: shardsThat('frozen'), otherTicket: shardsThat('other-ticket'), sinceMs, untilMs };
    },

    async thaw(ticket, { shards = all, at } = {}) {
      const thaws: ShardThaw[] = [];
      for (const shard of shards) thaws.push(await thawShard(shard, digestOf(ticket), at));
      const shardsThat = (outcome: ShardThaw['outcome']) =>
        thaws.filter((thaw) => thaw.outcome === outcome).map(({ shard }) => shard);
      return {
        thawed: shardsThat('thawed'),
        otherTicket: shardsThat('other-ticket'),
        notFrozen: shardsThat('not-frozen'),
        untouched: thaws.filter((thaw) => thaw.outcome === 'untouched'),
        unknown: thaws.filter((thaw) => thaw.outcome === 'unknown'),
      };
    },
  };
}

function digestOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64url');
}

const OTHER_SERVER = 'another server, or another process of it, has the shard now';

/** As `thaw.lua` writes it. */
function serverId({ replicationId, runId }: ServerIdentity): string {
  return `${replicationId} ${runId}`;
}

export function parseFrozen(word: string): 'frozen' | 'other-ticket' {
  if (word !== 'frozen' && word !== 'other-ticket') throw new UnexpectedReplyError();
  return word;
}

export function parseThawed(word: string): 'thawed' | 'other-ticket' | 'not-frozen' {
  if (word !== 'thawed' && word !== 'other-ticket' && word !== 'not-frozen') throw new UnexpectedReplyError();
  return word;
}

/** KEYS 1 meta of the shard; ARGV 1 tag. Returns {tag, INFO}. Error READONLY. */
const TELL_IDENTITY = `
local info = redis.call('INFO', 'server', 'replication')
if string.find(info, '\\nrole:master', 1, true) then return { ARGV[1], info } end
return redis.error_reply('READONLY this server is not a master')`;

/** Which master holds a key. Asked first, this also finds the way there, so that a question that follows is not lost on it. */
async function identityAt(redis: LedgerClient, key: string, tag: string): Promise<ServerIdentity> {
  const asked = { name: 'tell-identity', by: 'eval', script: TELL_IDENTITY } as const;
  const reply = await sendScript(redis, { ...asked, keys: [key], args: [tag] });
  const [repliedTag, info]: unknown[] = Array.isArray(reply) ? reply : [];
  const [, runId] = /\nrun_id:(\w+)/.exec(String(info)) ?? [];
  const [, replicationId] = /\nmaster_replid:(\w+)/.exec(String(info)) ?? [];
  if (repliedTag !== tag || !runId || !replicationId) throw new UnexpectedReplyError();
  return { runId, replicationId };
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}
