import { expect } from 'chai';
import type { BurnLedger, CollectAnswer } from '../../src/ledger/burn-ledger.ts';
import { recordName } from '../../src/redis/places.ts';
import { burnOf, newTokenId } from '../contract/burn-ledger.contract.ts';
import { collectedOf, collectOf, newBurnedUse } from '../contract/collect.contract.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { openRedisLedger } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

describe('what was collected in Redis', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let redis: RedisServer;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });

  beforeEach(() => redis.command('FLUSHALL'));

  /** Another instance of the service on the same Redis. */
  function open(url = redis.url): BurnLedger {
    const ledger = openRedisLedger(url);
    onTestEnd(() => ledger.close());
    return ledger;
  }

  const onlyKeyLike = async (pattern: string) => {
    const keys = (await redis.command('KEYS', pattern)) as string[];
    expect(keys).to.have.length(1);
    return keys[0] ?? '';
  };

  async function collectedUse(ledger: BurnLedger, uses = 1) {
    const { of } = await newBurnedUse(ledger, uses);
    const collect = collectOf(of);
    expect((await ledger.collect(collect)).outcome).to.equal('collected');
    return { of, collect, markField: `${recordName(of.id)}+${of.attempt}` };
  }

  it('is one record more in the bucket of its token, beside the bucket’s name, by collector and time', async () => {
    const { of, collect, markField } = await collectedUse(open());
    const bucket = await onlyKeyLike('test:*:b:*');
    const mark = await redis.command('HGET', bucket, markField);
    expect(mark).to.match(/^[\w-]{22}:\d{13}$/);
    expect(String(mark).split(':')[0]).to.equal(collect.collector);
    const minute = Math.floor(of.id.expiresAt / 60);
    expect(await redis.command('HGET', await onlyKeyLike('test:*:m'), `b${minute}`)).to.equal('3');
    expect(await redis.command('HLEN', bucket)).to.equal(3);
  });

  it('is collected by one of 200 collectors over 8 instances', async () => {
    const ledgers = Array.from({ length: 8 }, () => open());
    for (let round = 0; round < 10; round++) {
      const { of } = await newBurnedUse(ledgers[round % 8] ?? open());
      const answers: readonly CollectAnswer[] = await Promise.all(
        Array.from({ length: 25 }, () => ledgers.map((ledger) => ledger.collect(collectOf(of)))).flat(),
      );
      expect(collectedOf(answers)).to.equal(1);
    }
  });

  it('stays with the collector whose reply was cut, wherever it was cut', async () => {
    const proxy = await startCuttingProxy(redis.port);
    onTestEnd(proxy.close);
    const cut = open(`redis://127.0.0.1:${proxy.port}`);
    await cut.check();
    for (const octets of [0, 1, 10, 40, 100]) {
      const { of, use } = await newBurnedUse(cut);
      const collect = collectOf(of);
      proxy.cutRepliesAfter(octets, 1);
      expect(await cut.collect(collect)).to.deep.equal({ outcome: 'collected', ...use });
      proxy.cutRepliesAfter(Number.POSITIVE_INFINITY, 0);
      expect((await open().collect(collectOf(of))).outcome).to.equal('collected-by-another');
    }
    expect(proxy.cuts()).to.be.greaterThan(0);
  });

  describe('is never collected again, but void:', () => {
    const losses: Readonly<Record<string, (markField: string) => Promise<unknown>>> = {
      'after FLUSHALL': () => redis.command('FLUSHALL'),
      'after the mark is deleted': async (markField) =>
        redis.command('HDEL', await onlyKeyLike('test:*:b:*'), markField),
      'after the bucket is deleted': async () => redis.command('DEL', await onlyKeyLike('test:*:b:*')),
      'after the bucket expires before its time': async () =>
        redis.command('PEXPIRE', await onlyKeyLike('test:*:b:*'), -1),
      'after the shard forgets its own record': async () =>
        redis.command('DEL', await onlyKeyLike('test:*:m')),
      'after a restart': async () => {
        redis.process().kill('SIGKILL');
        await redis.restart();
      },
    };
    for (const [when, lose] of Object.entries(losses)) {
      it(when, async () => {
        for (const uses of [1, 3]) {
          await redis.command('FLUSHALL');
          const ledger = open();
          const { of, collect, markField } = await collectedUse(ledger, uses);
          await lose(markField);
          expect(await open().collect(collectOf(of))).to.deep.equal({ outcome: 'void' });
          expect(await ledger.collect(collectOf(of))).to.deep.equal({ outcome: 'void' });
          expect(await ledger.collect(collect)).to.deep.equal({ outcome: 'void' });
          const fresh = await newTokenId(ledger);
          expect((await ledger.burn(burnOf(fresh))).outcome).to.equal('burned');
        }
      });
    }

    it('when memory goes back in place, which the totals show', async () => {
      const ledger = open();
      const { of } = await newBurnedUse(ledger);
      const [meta, bucket] = [await onlyKeyLike('test:*:m'), await onlyKeyLike('test:*:b:*')];
      await redis.command('COPY', meta, 'old-meta');
      await redis.command('COPY', bucket, 'old-bucket');
      expect((await ledger.collect(collectOf(of))).outcome).to.equal('collected');
      await redis.command('RENAME', 'old-meta', meta);
      await redis.command('RENAME', 'old-bucket', bucket);
      expect(await ledger.collect(collectOf(of))).to.deep.equal({ outcome: 'void' });
      expect(await redis.command('HGET', meta, 'reason')).to.equal('memory-went-back');
    });
  });

  it('gives no answer where a mark is one that nobody of ours wrote', async () => {
    const ledger = open();
    const { of, markField } = await collectedUse(ledger);
    await redis.command('HSET', await onlyKeyLike('test:*:b:*'), markField, 'theirs');
    const code = await ledger.collect(collectOf(of)).then(
      ({ outcome }) => outcome,
      (error: { code: string }) => error.code,
    );
    expect(code).to.equal('ledger_unavailable');
  });
});
