// What events cost in Redis: how much memory each takes when as many are kept as the default allows. Prints a table.
import { randomBytes } from 'node:crypto';
import type { MatchstickEvent } from '../src/events/event.ts';
import { newEventId } from '../src/events/id.ts';
import { connectLedger } from '../src/redis/connection.ts';
import { eventEntry } from '../src/redis/event-record.ts';
import { recordsPerShard, redisEvents } from '../src/redis/events.ts';
import { ledgerKeys } from '../src/redis/keys.ts';
import { formatTokenId } from '../src/token/id.ts';
import { startRedis } from '../test/support/redis-server.ts';

const PLACE = { namespace: 'bench', issuer: 'https://cap.example.test', shards: 4 };
const KEEP = 100_000;
const AT_ONCE = 500;
const BROWSER =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

const characters = (count: number) => randomBytes(count).toString('base64url').slice(0, count);

/** An event of a request over HTTP with everything that it can have. */
function fullEvent(shard: number, type: MatchstickEvent['type']): MatchstickEvent {
  const nowMs = Date.now();
  const expiresAt = Math.floor(nowMs / 1000) + 900;
  const jti = formatTokenId({
    ...{ shard, epoch: 'A'.repeat(16), generation: 0, uses: 1, issuedAt: expiresAt - 900, expiresAt },
    nonce: randomBytes(16).toString('base64url'),
  });
  return {
    ...{ v: 1, id: newEventId(nowMs, randomBytes), time: new Date(nowMs).toISOString(), type, outcome: 'ok' },
    actor: { kind: 'caller', id: 'main-app' },
    token: {
      ...{ jti, purpose: 'password-reset', subject: characters(22) },
      ...{ audience: 'https://app.example.com', kid: characters(16) },
    },
    ...{ attempt: characters(22), requestId: crypto.randomUUID(), traceId: randomBytes(16).toString('hex') },
    ...{ instance: 'matchstick-6d5f7c9b4-x2x7k/1', client: { address: '203.0.113.0/24', agent: BROWSER } },
  };
}

async function main(): Promise<void> {
  const redis = await startRedis();
  const connection = connectLedger(
    { url: redis.url },
    { timeoutMs: 10_000, monotonicMs: () => performance.now() },
  );
  try {
    const usedBytes = async () =>
      Number(/used_memory:(\d+)/.exec(String(await redis.command('INFO', 'memory')))?.[1]);
    const keys = ledgerKeys(PLACE.namespace, PLACE.issuer, PLACE.shards);
    const store = redisEvents({ ...PLACE, connection, keep: KEEP });
    const most = String(recordsPerShard(KEEP, PLACE.shards));
    const before = await usedBytes();
    // More than are kept, so that what is measured is what stays.
    for (let round = 0; round < (1.5 * KEEP) / AT_ONCE; round++) {
      const shard = round % PLACE.shards;
      const record = () => eventEntry(fullEvent(shard, 'token.redeemed'));
      const records = Array.from({ length: AT_ONCE }, record);
      await Promise.all(
        records.map((each) => connection.redis.xadd(keys.records(shard), 'MAXLEN', '~', most, '*', ...each)),
      );
      await store.add(Array.from({ length: AT_ONCE }, () => fullEvent(shard, 'token.refused')));
    }
    const shards = Array.from({ length: PLACE.shards }, (_, shard) => shard);
    const streams = shards.flatMap((shard) => [keys.records(shard), keys.notes(shard)]);
    const lengths = await Promise.all(streams.map((key) => connection.redis.xlen(key)));
    const kept = lengths.reduce((sum, each) => sum + each, 0);
    const bytes = (await usedBytes()) - before;
    const json = JSON.stringify(fullEvent(0, 'token.redeemed')).length;
    console.log(`events.keep ${KEEP}: ${kept} events kept, ${(bytes / 2 ** 20).toFixed(1)} MiB`);
    console.log(`${Math.round(bytes / kept)} bytes of memory for an event of ${json} bytes of JSON`);
  } finally {
    await connection.close();
    await redis.close();
  }
}

await main();
