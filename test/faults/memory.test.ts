import { expect } from 'chai';
import { Redis } from 'ioredis';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { IS_ALL, someOf } from './support/thorough.ts';
import { type Fault, withstand } from './support/trial.ts';
import { pause } from './support/workload.ts';

const INSTANCES = 4;
const FILLERS = 3000;
const FILLER_BYTES = 4096;
/** Of eviction, a tenth of a second each. */
const MOST_ROUNDS = 10;

describe('a ledger whose Redis forgets', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let client: Redis;

  before(async () => {
    redis = await startRedis(['--enable-debug-command', 'yes']);
    onClose(redis.close);
    client = new Redis(redis.url);
    onClose(() => client.disconnect());
  });

  beforeEach(async () => {
    await client.config('SET', 'maxmemory', 0);
    await client.flushall();
  });

  const suffer = (fault: Omit<Fault, 'seats'>) =>
    withstand({ ...fault, seats: Array.from({ length: INSTANCES }, () => ({ redis: { url: redis.url } })) });

  for (const command of IS_ALL ? ['FLUSHALL', 'FLUSHDB'] : ['FLUSHALL']) {
    it(`everything: ${command}`, () =>
      suffer({
        name: command,
        strike: () => client.call(command),
        epoch: 'lost',
        naive: 'replays',
      }));
  }

  describe('records, one by one:', () => {
    const strikes: readonly Strike[] = [
      {
        name: 'HDEL of one burn record in every bucket',
        keys: 'test:*:b:*',
        hit: async (key) => client.hdel(key, await fieldOf(key, /^[\w-]+$/)),
      },
      {
        name: 'HDEL of one revocation in every bucket',
        keys: 'test:*:b:*',
        hit: async (key) => client.hdel(key, await fieldOf(key, /!$/)),
      },
      {
        name: 'HDEL of one record in every subject bucket',
        keys: 'test:*:s:*',
        hit: async (key) => client.hdel(key, await fieldOf(key, /^r/)),
      },
      ...[
        { what: 'bucket', keys: 'test:*:b:*' },
        { what: 'subject bucket', keys: 'test:*:s:*' },
        { what: 'meta record', keys: 'test:*:m' },
      ].flatMap(({ what, keys }, index): Strike[] => {
        const ways: readonly Strike[] = [
          { name: `DEL of every ${what}`, keys, hit: (key) => client.del(key) },
          { name: `RENAME of every ${what}`, keys, hit: (key) => client.rename(key, `away-${key}`) },
          { name: `EXPIRE of every ${what}`, keys, hit: (key) => client.pexpire(key, 1) },
        ];
        return ways.filter((_, way) => IS_ALL || way === index);
      }),
    ];

    for (const { name, keys, hit } of someOf(strikes, 2)) {
      it(name, () =>
        suffer({
          name,
          strike: async () => {
            const [ours, naive] = [await client.keys(keys), await client.keys('naive:*')];
            expect(ours).to.not.have.length(0);
            for (const key of ours) await hit(key);
            for (const key of naive.slice(0, 40)) await strikeNaive(name, key);
          },
          epoch: 'lost',
          naive: 'replays',
        }),
      );
    }

    const fieldsOfMeta: readonly (readonly RegExp[])[] = [
      [/^epoch$/, /^identity$/, /^format$/, /^changes$/],
      [/^generation$/, /^subjects$/, /^b\d+$/, /^s\d+$/],
    ];
    for (const fields of someOf(fieldsOfMeta, 1)) {
      const name = `HDEL of a field of every meta record: ${fields.map(({ source }) => source).join(' ')}`;
      it(name, () =>
        suffer({
          name,
          strike: async () => {
            const keys = (await client.keys('test:*:m')).sort();
            expect(keys).to.have.length(fields.length);
            for (const [index, field] of fields.entries()) {
              const key = keys[index] ?? '';
              expect(await client.hdel(key, await fieldOf(key, field))).to.equal(1);
            }
            await client.del(await client.keys('naive:*'));
          },
          epoch: 'lost',
          naive: 'replays',
        }),
      );
    }

    async function strikeNaive(name: string, key: string): Promise<void> {
      if (name.startsWith('RENAME')) await client.rename(key, `away-${key}`);
      else if (name.startsWith('EXPIRE')) await client.pexpire(key, 1);
      else await client.del(key);
    }

    async function fieldOf(key: string, pattern: RegExp): Promise<string> {
      return (await client.hkeys(key)).find((field) => pattern.test(field)) ?? '';
    }
  });

  describe('what does not fit, with other data filling the memory:', () => {
    const anyKey = ['allkeys-lru', 'allkeys-lfu', 'allkeys-random'].map((policy) => ({
      ...{ policy, epoch: 'either' as const },
    }));
    const volatile = ['volatile-ttl', 'volatile-lru', 'volatile-lfu', 'volatile-random'].map((policy) => ({
      ...{ policy, epoch: 'lost' as const },
    }));
    for (const { policy, epoch } of someOf([...anyKey, ...volatile], 1)) {
      it(`maxmemory-policy ${policy}`, () =>
        suffer({
          name: `eviction, ${policy}`,
          strike: () => evict(policy),
          epoch,
          naive: 'replays',
        }));
    }

    it('maxmemory-policy noeviction, which forgets nothing and refuses', () =>
      suffer({
        name: 'memory full, noeviction',
        strike: async () => {
          await fill();
          await client.config('SET', 'maxmemory-policy', 'noeviction');
          await client.config('SET', 'maxmemory', FILLERS * FILLER_BYTES);
          await pause(300);
          expect(await client.set('x', 'x').catch((error: Error) => error.message)).to.match(/^OOM /);
          await client.config('SET', 'maxmemory', 0);
        },
        epoch: 'kept',
        naive: 'holds',
      }));

    /**
     * Four parts in five of what may be evicted are, or all of it where that is not enough. What clients write then is
     * evicted at once, so that it may never rest.
     */
    async function evict(policy: string): Promise<void> {
      await client.config('SET', 'maxmemory-policy', policy);
      await client.config('SET', 'lfu-log-factor', 0);
      await client.config('RESETSTAT');
      await fill();
      if (policy === 'allkeys-lfu') await heat();
      const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
      await client.config('SET', 'maxmemory', Math.round(used - 0.8 * FILLERS * FILLER_BYTES));
      let evicted = -1;
      for (let round = 0; round < MOST_ROUNDS && evicted !== (await evictedKeys()); round++) {
        evicted = await evictedKeys();
        await pause(100);
      }
      expect(await evictedKeys()).to.be.greaterThan(0);
      await client.config('SET', 'maxmemory', 0);
    }

    async function evictedKeys(): Promise<number> {
      return Number(/evicted_keys:(\d+)/.exec(await client.info('stats'))?.[1]);
    }

    async function fill(): Promise<void> {
      const value = 'x'.repeat(FILLER_BYTES);
      await client.mset(Array.from({ length: FILLERS }, (_, index) => [`filler:${index}`, value]).flat());
    }

    /** Makes the other data as hot as can be. */
    async function heat(): Promise<void> {
      const keys = Array.from({ length: FILLERS }, (_, index) => `filler:${index}`);
      for (let times = 0; times < 100; times++) await client.touch(...keys);
    }
  });

  describe('what another database has:', () => {
    const swaps: readonly Omit<Fault, 'seats' | 'naive'>[] = [
      {
        name: 'SWAPDB with an empty database and back',
        strike: thereAndBack,
        epoch: 'lost',
      },
      {
        name: 'SWAPDB with an older copy',
        prepare: copyToDatabase1,
        strike: () => client.swapdb(0, 1),
        epoch: 'lost',
      },
      {
        name: 'SWAPDB with an older copy and back',
        prepare: copyToDatabase1,
        strike: thereAndBack,
        epoch: 'either',
      },
    ];
    for (const swap of someOf(swaps, 1)) {
      it(swap.name, () => suffer({ ...swap, naive: 'replays', twoMemories: 'meanwhile' }));
    }

    async function thereAndBack(): Promise<void> {
      await client.swapdb(0, 1);
      await pause(150);
      await client.swapdb(0, 1);
    }

    async function copyToDatabase1(): Promise<void> {
      for (const key of await client.keys('*')) await client.copy(key, key, 'DB', 1);
    }
  });

  it('nothing: DEBUG RELOAD, SCRIPT FLUSH, BGSAVE, BGREWRITEAOF and other settings', () =>
    suffer({
      name: 'DEBUG RELOAD, SCRIPT FLUSH, BGSAVE, BGREWRITEAOF, CONFIG SET',
      strike: async () => {
        await client.call('DEBUG', 'RELOAD');
        await client.script('FLUSH');
        await client.bgsave();
        await client.config('SET', 'appendonly', 'yes');
        await client.config('SET', 'hz', 50);
        await pause(100);
        await client.bgrewriteaof().catch(() => {});
        await client.config('SET', 'appendonly', 'no');
      },
      epoch: 'kept',
      naive: 'holds',
    }));
});

interface Strike {
  readonly name: string;
  readonly keys: string;
  readonly hit: (key: string) => Promise<unknown>;
}
