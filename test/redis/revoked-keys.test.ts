import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import { connectLedger } from '../../src/redis/connection.ts';
import { ledgerFreeze } from '../../src/redis/freeze.ts';
import { ledgerKeys } from '../../src/redis/keys.ts';
import { burnOf, newTokenId, TOKEN_SUBJECT } from '../contract/burn-ledger.contract.ts';
import { pause } from '../faults/support/workload.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openRedisLedger, TEST_LEDGER } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

const KID = 'key-1';
const MOST_KEYS = 64;
const SHARDS = [0, 1, 2, 3];

describe('keys that are revoked, in Redis,', () => {
  const onTestEnd = cleanupAfter(afterEach);

  async function start(args: readonly string[] = []): Promise<RedisServer> {
    const redis = await startRedis(args);
    onTestEnd(redis.close);
    return redis;
  }

  /** Another instance, which has heard of nothing. */
  function open({ url }: RedisServer): BurnLedger {
    const ledger = openRedisLedger(url);
    onTestEnd(() => ledger.close());
    return ledger;
  }

  const subjects = ['anna', 'bert', 'cleo', 'dora', 'emil', 'fred', 'gina', 'hans'];

  /** What burning a new token under the key comes to, in every shard. */
  async function outcomesOf(ledger: BurnLedger, kid: string): Promise<readonly string[]> {
    const answers = await Promise.all(
      subjects.map(async (subject) => {
        const id = await answered(() => newTokenId(ledger, 300, subject));
        const { outcome } = await ledger.burn({ ...burnOf(id), ...TOKEN_SUBJECT, subject, kid });
        return { shard: id.shard, outcome };
      }),
    );
    expect(new Set(answers.map(({ shard }) => shard))).to.deep.equal(new Set(SHARDS));
    return [...new Set(answers.map(({ outcome }) => outcome))];
  }

  const keys = ledgerKeys(TEST_LEDGER.namespace, TEST_LEDGER.issuer, TEST_LEDGER.shards);
  const metas = SHARDS.map((shard) => keys.meta(shard));
  const epochsIn = (redis: RedisServer) =>
    Promise.all(metas.map((meta) => redis.command('HGET', meta, 'epoch')));
  const inEach = (redis: RedisServer, ...field: readonly string[]) =>
    Promise.all(metas.map((meta) => redis.command('HSET', meta, ...field)));

  interface NewEpoch {
    readonly args?: readonly string[];
    readonly reason: string;
    readonly befall: (redis: RedisServer) => Promise<unknown>;
  }

  /** What a memory that is still there comes through, in a new epoch. */
  const newEpochs: Readonly<Record<string, NewEpoch>> = {
    'the loss of records': {
      reason: 'records-lost',
      befall: (redis) => inEach(redis, 'b1', '2'),
    },
    'the loss of its epoch': {
      reason: 'records-lost',
      befall: (redis) => Promise.all(metas.map((meta) => redis.command('HDEL', meta, 'epoch'))),
    },
    'a restart from a file of all that was written': {
      args: ['--appendonly', 'yes', '--appendfsync', 'always'],
      reason: 'identity-changed',
      befall: async (redis) => {
        redis.process().kill('SIGKILL');
        await redis.restart();
      },
    },
    'a restart from a file that was saved': {
      reason: 'identity-changed',
      befall: async (redis) => {
        await redis.save();
        redis.process().kill('SIGKILL');
        await redis.restart();
      },
    },
    'a clock that goes back': {
      reason: 'clock-went-back',
      befall: (redis) => inEach(redis, 'forgotten', String(Math.floor(Date.now() / 60_000) + 60)),
    },
    'a freeze that nobody thaws': {
      reason: 'freeze-not-thawed',
      befall: async ({ url }) => {
        const monotonicMs = () => performance.now();
        const connection = connectLedger({ url }, { timeoutMs: 5000, monotonicMs });
        onTestEnd(() => connection.close());
        const freeze = ledgerFreeze({ connection, ...TEST_LEDGER, randomBytes, monotonicMs });
        expect((await freeze.freeze('a-ticket', 1)).frozen).to.have.length(SHARDS.length);
        await pause(1050);
      },
    },
  };

  for (const [name, { args, reason, befall }] of Object.entries(newEpochs)) {
    it(`stay revoked over ${name}, also for an instance that knows of none`, async () => {
      const redis = await start(args);
      const ledger = open(redis);
      await ledger.revokeKey(KID);
      const before = await epochsIn(redis);
      await befall(redis);
      const newcomer = open(redis);
      expect(await outcomesOf(newcomer, KID)).to.deep.equal(['revoked']);
      expect(await outcomesOf(newcomer, 'key-2')).to.deep.equal(['burned']);
      const after = await epochsIn(redis);
      for (const epoch of after) expect(before).to.not.include(epoch);
      const reasons = await Promise.all(metas.map((meta) => redis.command('HGET', meta, 'reason')));
      expect(new Set(reasons)).to.deep.equal(new Set([reason]));
      expect(await outcomesOf(ledger, KID)).to.deep.equal(['revoked']);
    });
  }

  it('stay revoked over one new epoch after the other', async () => {
    const redis = await start();
    const ledger = open(redis);
    await ledger.revokeKey(KID);
    for (let epochs = 0; epochs < 5; epochs++) {
      await inEach(redis, 'identity', 'x');
      expect(await outcomesOf(ledger, KID)).to.deep.equal(['revoked']);
    }
  });

  it('are forgotten with the memory, and can be revoked again', async () => {
    const redis = await start();
    const ledger = open(redis);
    await ledger.revokeKey(KID);
    await redis.command('FLUSHALL');
    expect(await outcomesOf(ledger, KID)).to.deep.equal(['burned']);
    await ledger.revokeKey(KID);
    expect(await outcomesOf(open(redis), KID)).to.deep.equal(['revoked']);
  });

  it('are forgotten if the very record of them is lost, which ends the epoch', async () => {
    const redis = await start();
    const ledger = open(redis);
    await ledger.revokeKey(KID);
    const unused = await newTokenId(ledger, 300, 'anna');
    for (const meta of metas) await redis.command('HDEL', meta, 'revoked_keys');
    expect(await ledger.burn(burnOf(unused))).to.deep.equal({ outcome: 'void' });
    expect(await outcomesOf(ledger, KID)).to.deep.equal(['burned']);
  });

  it(`are as many as ${MOST_KEYS}, the newest`, async () => {
    const redis = await start();
    const ledger = open(redis);
    const kids = Array.from({ length: MOST_KEYS + 6 }, (_, number) => `key-${number}`);
    for (const kid of kids) await ledger.revokeKey(kid);
    for (const kid of kids.slice(-MOST_KEYS)) {
      expect(await outcomesOf(ledger, kid), kid).to.deep.equal(['revoked']);
    }
    for (const meta of metas) {
      const kept = String(await redis.command('HGET', meta, 'revoked_keys')).split(',');
      expect(kept).to.deep.equal(kids.slice(-MOST_KEYS).reverse());
    }
    await inEach(redis, 'identity', 'x');
    expect(await outcomesOf(ledger, kids.at(-MOST_KEYS) ?? '')).to.deep.equal(['revoked']);
  });

  it('cost no epoch, and no token of another key', async () => {
    const redis = await start();
    const ledger = open(redis);
    await ledger.check();
    const id = await newTokenId(ledger, 300, 'anna');
    const before = await epochsIn(redis);
    await ledger.revokeKey('key-2');
    expect(await epochsIn(redis)).to.deep.equal(before);
    expect(await ledger.burn(burnOf(id))).to.include({ outcome: 'burned' });
  });

  it('are known to every instance at once, and to one that was told by nobody', async () => {
    const redis = await start();
    const [ledger, other] = [open(redis), open(redis)];
    const minted = await newTokenId(other, 300, 'anna');
    await ledger.revokeKey(KID);
    expect(await other.burn(burnOf(minted))).to.deep.equal({ outcome: 'revoked' });
    expect(await outcomesOf(other, KID)).to.deep.equal(['revoked']);
  });

  it('are revoked in no shard if one of them gives no answer, as far as whoever asks is told', async () => {
    const redis = await start();
    const ledger = open(redis);
    await ledger.check();
    await redis.command('DEL', metas[2] ?? '');
    await redis.command('SET', metas[2] ?? '', 'text');
    const refused: unknown = await ledger.revokeKey(KID).catch((error: unknown) => error);
    expect(refused).to.have.property('code', 'ledger_unavailable');
    await redis.command('DEL', metas[2] ?? '');
    await ledger.revokeKey(KID);
    expect(await outcomesOf(ledger, KID)).to.deep.equal(['revoked']);
  });
});

/** Asks until the ledger answers again. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch {
      await pause(20);
    }
  }
}
