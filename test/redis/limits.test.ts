import { expect } from 'chai';
import { MatchstickError } from '../../src/errors.ts';
import type { Limits } from '../../src/limits/limit.ts';
import { connectLedger } from '../../src/redis/connection.ts';
import { redisLimits } from '../../src/redis/limits.ts';
import { allowedOf, limitsContract, newShare } from '../limits/limits.contract.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { dumpOf } from '../support/dump.ts';
import { TEST_LEDGER } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

describe('limits in Redis', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });

  function open({ url } = redis): Limits {
    const connection = connectLedger({ url }, { timeoutMs: 1000, monotonicMs: () => performance.now() });
    onClose(() => connection.close());
    return redisLimits({ ...TEST_LEDGER, connection });
  }

  limitsContract(open);

  it('are one for all instances: of 200 that race over four of them exactly the quota is allowed', async () => {
    const instances = Array.from({ length: 4 }, () => open());
    for (let round = 0; round < 5; round++) {
      expect(await allowedOf(200, newShare(), ...instances)).to.equal(5);
    }
  });

  it('leave no subject, no address and no key without an end in Redis', async () => {
    const limits = open();
    const key = 'ada@example.test 203.0.113.7';
    await limits.take(newShare({ key }));
    await limits.giveBack(newShare({ key }));
    await limits.take(newShare({ key, limit: 'code-per-subject' }), 99);
    const all = await dumpOf(redis);
    expect(all).to.not.include('ada').and.not.include('203.0');
    for (const line of all.split('\n')) {
      const [name = ''] = line.split(' ');
      expect(name).to.match(/^test:[\da-f]{8}:limit:[a-z-]+:[\w-]{22}$/);
      expect(Number(await redis.command('TTL', name)), name).to.be.within(0, 60);
    }
  });

  it('answer ledger_unavailable when Redis does not answer, and count again when it does', async () => {
    const own = await startRedis();
    onClose(own.close);
    const limits = open(own);
    const by = newShare();
    expect(await limits.take(by)).to.deep.equal({ allowed: true });
    own.process().kill('SIGKILL');
    await own.process().exited();
    const failed: unknown = await limits.take(by).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(MatchstickError).and.include({ code: 'ledger_unavailable' });
    await own.restart();
    const comesBack = () => limits.take(newShare()).then(Boolean, () => false);
    while (!(await comesBack())) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await allowedOf(9, by, limits)).to.equal(5);
  });
});
