import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { MatchstickError } from '../../src/errors.ts';
import type { Limits } from '../../src/limits/limit.ts';
import type { RedisTarget } from '../../src/redis/client.ts';
import { connectLedger } from '../../src/redis/connection.ts';
import { redisLimits } from '../../src/redis/limits.ts';
import { redisMemory } from '../../src/redis/memory.ts';
import { burnOf, newTokenId } from '../contract/burn-ledger.contract.ts';
import { startCluster } from '../faults/support/cluster.ts';
import { startProxiedServer } from '../faults/support/proxied.ts';
import { startSentinelTopology } from '../faults/support/sentinel.ts';
import { allowedOf, limitsContract, newShare } from '../limits/limits.contract.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { dumpOf } from '../support/dump.ts';
import { TEST_LEDGER } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { nextTimes } from '../support/reply-proxy.ts';

describe('limits in Redis', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });

  const monotonicMs = () => performance.now();

  function connect(target: RedisTarget) {
    const connection = connectLedger(target, { timeoutMs: 1000, monotonicMs });
    onClose(() => connection.close());
    return connection;
  }

  function open(target: RedisTarget = { url: redis.url }): Limits {
    return redisLimits({ ...TEST_LEDGER, connection: connect(target) });
  }

  limitsContract(() => open());

  it('are one for all instances: of 200 that race over four of them exactly the quota is allowed', async () => {
    const instances = Array.from({ length: 4 }, () => open());
    for (let round = 0; round < 5; round++) {
      expect(await allowedOf(200, newShare(), ...instances)).to.equal(5);
    }
  });

  it('are one for all instances of a Cluster, wherever a key lies', async function () {
    this.timeout(120_000);
    const cluster = await startCluster({ replicas: false });
    onClose(cluster.close);
    const target = { cluster: cluster.servers.map(({ port }) => ({ host: '127.0.0.1', port })) };
    const instances = [open(target), open(target)];
    for (let key = 0; key < 20; key++) expect(await allowedOf(40, newShare(), ...instances)).to.equal(5);
    for (const server of cluster.servers) expect(await dumpOf(server)).to.include(':limit:');
  });

  it('count at the master that the sentinels name, and at the next one when it is lost', async function () {
    this.timeout(120_000);
    const sentinels = await startSentinelTopology();
    onClose(sentinels.close);
    const instances = [open(sentinels.target), open(sentinels.target)];
    expect(await allowedOf(200, newShare(), ...instances)).to.equal(5);
    const master = await sentinels.master();
    master.process().kill('SIGKILL');
    await sentinels.movedFrom(master);
    const answers = () =>
      Promise.all(instances.map((each) => each.take(newShare()))).then(
        () => true,
        () => false,
      );
    while (!(await answers())) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await allowedOf(200, newShare(), ...instances)).to.equal(5);
  });

  it('take a reply to another question for none, and neither does the ledger beside them', async () => {
    const place = await startProxiedServer();
    onClose(place.close);
    const connection = connect(place.target);
    const shared = { ...TEST_LEDGER, connection, randomBytes, monotonicMs };
    const limits = redisLimits(shared);
    const { ledger } = redisMemory({ ...shared, nowMs: Date.now });
    let closed = 0;
    connection.redis.on('close', () => closed++);
    for (const atOnce of [1, 1, 1, 1, 1, 10, 10, 10, 10, 10]) {
      const ids = await Promise.all(Array.from({ length: atOnce }, () => newTokenId(ledger)));
      const by = newShare();
      await limits.take(by, 5);
      for (const { decide } of place.proxies) decide(nextTimes(1, /:limit:/, 'vanish'));
      const asked = ids.map((id) => [limits.take(by), ledger.burn(burnOf(id))] as const);
      const taken = await Promise.all(asked.map(([each]) => each));
      expect(taken.filter(({ allowed }) => allowed)).to.deep.equal([]);
      for (const [, burned] of asked) expect((await burned).outcome).to.equal('burned');
    }
    expect(closed).to.be.at.least(10);
  });

  it('leave no subject, no address and no key without an end in Redis', async () => {
    const limits = open();
    const key = 'ada@example.test 203.0.113.7';
    await limits.take(newShare({ key }));
    await limits.giveBack(newShare({ key }));
    await limits.take(newShare({ key, limit: 'code-per-subject' }), 99);
    const before = await redis.command('DBSIZE');
    await limits.giveBack(newShare());
    expect(await redis.command('DBSIZE')).to.equal(before);
    const all = await dumpOf(redis);
    expect(all).to.not.include('ada').and.not.include('203.0');
    for (const line of all.split('\n')) {
      const [name = ''] = line.split(' ');
      expect(name).to.match(/^test:[\da-f]{8}:limit:[a-z-]+:5:60:[\w-]{22}$/);
      expect(Number(await redis.command('TTL', name)), name).to.be.within(0, 60);
    }
  });

  it('keep nobody waiting for longer than a window when the clock of Redis goes back', async () => {
    await redis.command('FLUSHALL');
    const limits = open();
    const by = newShare();
    await limits.take(by, by.quota.count);
    const [name = ''] = (await redis.command('KEYS', 'test:*:limit:*')) as string[];
    await redis.command('PEXPIRE', name, 3_600_000);
    const taken = await limits.take(by);
    expect(taken).to.include({ allowed: false, retryAfterSeconds: by.quota.perSeconds });
    expect(await redis.command('PTTL', name)).to.be.within(1, by.quota.perSeconds * 1000);
  });

  it('answer ledger_unavailable when Redis does not answer, and count again when it does', async () => {
    const own = await startRedis();
    onClose(own.close);
    const limits = open({ url: own.url });
    const by = newShare();
    expect(await limits.take(by)).to.deep.equal({ allowed: true });
    own.process().kill('SIGKILL');
    await own.process().exited();
    const failed: unknown = await limits.take(by).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(MatchstickError).and.include({ code: 'ledger_unavailable' });
    const began = performance.now();
    await limits.giveBack(by);
    expect(performance.now() - began, 'is waited for').to.be.below(5000);
    await own.restart();
    const comesBack = () => limits.take(newShare()).then(Boolean, () => false);
    while (!(await comesBack())) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await allowedOf(9, by, limits)).to.equal(5);
  });
});
