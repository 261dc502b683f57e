import type { ShardStatus } from '../contract/status-replies.ts';
import { timestampOf } from '../contract/timestamp.ts';
import type { ShardsOptions } from './ask.ts';
import { ledgerKeys } from './keys.ts';
import { UnexpectedReplyError } from './reply.ts';

/** What `layout.lua` says is kept of an epoch and of a freeze. */
const FIELDS = ['epoch', 'reason', 'started_at', 'freeze', 'frozen_until'] as const;

/**
 * What each shard remembers of its epoch and its freeze. Reads only: an epoch that will be found broken when a token is
 * next asked for is shown as it is written. Rejects with `ledger_unavailable`.
 */
export async function readEpochs({
  connection,
  namespace,
  issuer,
  shards,
}: ShardsOptions): Promise<readonly ShardStatus[]> {
  const keys = ledgerKeys(namespace, issuer, shards);
  return connection.answer((redis) =>
    Promise.all(
      Array.from({ length: shards }, async (_, shard) =>
        shardStatus(shard, await redis.hmget(keys.meta(shard), ...FIELDS)),
      ),
    ),
  );
}

function shardStatus(shard: number, reply: readonly (string | null)[]): ShardStatus {
  if (reply.length !== FIELDS.length) throw new UnexpectedReplyError();
  const [epoch, reason, startedAt, freeze, frozenUntil] = reply;
  if (!epoch) return { shard };
  const [, since] = (freeze ?? '').split(' ');
  const isFrozen = freeze !== '' && Number(frozenUntil) > 0;
  return {
    shard,
    epoch,
    ...(startedAt ? { beganAt: timestampOf(Number(startedAt)) } : {}),
    ...(reason ? { reason } : {}),
    ...(isFrozen && since ? { frozenSince: timestampOf(Number(since)) } : {}),
    ...(isFrozen ? { frozenUntil: timestampOf(Number(frozenUntil)) } : {}),
  };
}

/** The kids of the keys that any shard remembers as revoked. Rejects with `ledger_unavailable`. */
export async function readRevokedKeys({
  connection,
  namespace,
  issuer,
  shards,
}: ShardsOptions): Promise<readonly string[]> {
  const keys = ledgerKeys(namespace, issuer, shards);
  const lists = await connection.answer((redis) =>
    Promise.all(Array.from({ length: shards }, (_, shard) => redis.hmget(keys.meta(shard), 'revoked_keys'))),
  );
  return [...new Set(lists.flatMap(([list]) => (list ? list.split(',') : [])))];
}
