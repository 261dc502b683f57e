import { ledgerKeys } from '../../src/redis/keys.ts';
import { TEST_LEDGER } from './open-ledger.ts';
import type { RedisServer } from './redis-server.ts';

/** An entry of a shard's stream of records, field by field as it was written. */
export interface RecordEntry {
  readonly type?: string;
  readonly at?: string;
  readonly event?: string;
  readonly epoch?: string;
  readonly reason?: string;
  readonly instance?: string;
  readonly of?: string;
}

/** The records of every shard of the tests' ledger, oldest first in each shard. */
export async function recordsIn(
  redis: Pick<RedisServer, 'command'>,
  shards: number = TEST_LEDGER.shards,
): Promise<readonly RecordEntry[]> {
  const { namespace, issuer } = TEST_LEDGER;
  const keys = ledgerKeys(namespace, issuer, shards);
  const streams = await Promise.all(
    Array.from({ length: shards }, (_, shard) => redis.command('XRANGE', keys.records(shard), '-', '+')),
  );
  return streams.flatMap((entries) => (entries as [string, string[]][]).map(([, fields]) => asEntry(fields)));
}

/** Those that somebody who asked has described, without those of epochs. */
export async function notedIn(
  redis: Pick<RedisServer, 'command'>,
  shards?: number,
): Promise<readonly RecordEntry[]> {
  return (await recordsIn(redis, shards)).filter(({ event }) => event !== undefined);
}

function asEntry(fields: readonly string[]): RecordEntry {
  const pairs = Array.from({ length: fields.length / 2 }, (_, index) => [
    fields[2 * index],
    fields[2 * index + 1],
  ]);
  return Object.fromEntries(pairs);
}
