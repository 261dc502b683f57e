import { expect } from 'chai';
import { connectLedger } from '../../src/redis/connection.ts';
import { ringKey } from '../../src/redis/keys.ts';
import { redisRing } from '../../src/redis/ring.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

const PLACE = { namespace: 'ring', issuer: 'https://ring.example.test' };

describe('the ring in Redis', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });
  beforeEach(() => redis.command('FLUSHALL'));

  function ring(place = PLACE, timeoutMs = 5000) {
    const monotonicMs = () => performance.now();
    const connection = connectLedger({ url: redis.url }, { timeoutMs, monotonicMs });
    onTestEnd(() => connection.close());
    return redisRing({ connection, ...place });
  }

  it('is stored in place of what it was taken for, and of nothing else', async () => {
    const { read, replace } = ring();
    expect(await read()).to.equal(undefined);
    expect(await replace('zero', 'one')).to.equal(false);
    expect(await replace(undefined, 'one')).to.equal(true);
    expect(await read()).to.equal('one');
    expect(await replace(undefined, 'two')).to.equal(false);
    expect(await replace('zero', 'two')).to.equal(false);
    expect(await replace('one', 'two')).to.equal(true);
    expect(await read()).to.equal('two');
  });

  it('says the same of what is stored by now, so that a lost answer can be asked for again', async () => {
    const { replace } = ring();
    await replace(undefined, 'one');
    for (let again = 0; again < 3; again++) expect(await replace('one', 'two')).to.equal(true);
    expect(await replace('one', 'three')).to.equal(false);
  });

  it('is stored by one of any number at once', async () => {
    const rings = Array.from({ length: 8 }, () => ring());
    const replaced = await Promise.all(rings.map(({ replace }, index) => replace(undefined, `by ${index}`)));
    expect(replaced.filter(Boolean)).to.have.length(1);
    expect(await rings[0]?.read()).to.equal(`by ${replaced.indexOf(true)}`);
  });

  it('never lapses, and is another for each issuer and namespace', async () => {
    await ring().replace(undefined, 'one');
    expect(await redis.command('TTL', ringKey(PLACE.namespace, PLACE.issuer))).to.equal(-1);
    expect(await ring({ ...PLACE, issuer: 'https://other.example.test' }).read()).to.equal(undefined);
    expect(await ring({ ...PLACE, namespace: 'other' }).read()).to.equal(undefined);
  });

  it('is no ring and no change if Redis gives no answer', async () => {
    const { read, replace } = ring(PLACE, 300);
    await replace(undefined, 'one');
    await redis.command('CLIENT', 'PAUSE', '2000', 'ALL');
    for (const ask of [read, () => replace('one', 'two')]) {
      const failure = await ask().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).to.include({ code: 'ledger_unavailable' });
    }
  });
});
