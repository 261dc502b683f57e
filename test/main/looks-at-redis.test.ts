import { expect } from 'chai';
import { until } from '../faults/support/replication.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type Fate, LOOK, nextTimes, type ReplyProxy, startReplyProxy } from '../support/reply-proxy.ts';
import { call, mintToken, redeemToken, type ServiceProcess, startService } from '../support/service.ts';

const TIMEOUT_MS = 400;
/** Later than any reply is waited for. */
const LATE: Fate = { lateByMs: TIMEOUT_MS + 1000 };

describe('a service that looks at its Redis', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let redis: RedisServer;
  let proxy: ReplyProxy;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    proxy = await startReplyProxy(redis.port);
    onClose(proxy.close);
  });

  async function start(): Promise<ServiceProcess> {
    const deployment = await makeDeployment({ ledger: { redis: proxy.url, timeoutMs: TIMEOUT_MS } });
    onTestEnd(deployment.close);
    const service = await startService(deployment);
    onTestEnd(service.close);
    return service;
  }

  async function expectToServe(service: ServiceProcess): Promise<void> {
    await until(async () => (await call(service, 'GET', '/readyz')).status === 200);
    expect((await redeemToken(service, await mintToken(service))).status).to.equal(200);
    expect(service.process.output()).to.not.include('"verdict":"refuse"');
  }

  it('says of a replica that it cannot hold the ledger, not that it does not answer', async () => {
    const replica = await startRedis(['--replicaof', '127.0.0.1 1']);
    onTestEnd(replica.close);
    const deployment = await makeDeployment({ ledger: { redis: replica.url } });
    onTestEnd(deployment.close);
    const service = await startService(deployment);
    onTestEnd(service.close);
    expect(service.process.output()).to.match(
      /^Ledger: .*, which cannot hold the ledger now: role: is a replica: .*\. Until it can, calls that need it get 503\.$/m,
    );
  });

  it('says why it is not ready when Redis becomes a replica or is full, as often as it is asked', async () => {
    const changed = await startRedis();
    onTestEnd(changed.close);
    const deployment = await makeDeployment({ ledger: { redis: changed.url, timeoutMs: TIMEOUT_MS } });
    onTestEnd(deployment.close);
    const service = await startService(deployment);
    onTestEnd(service.close);
    const expectReasons = async (said: RegExp) => {
      await until(async () => (await call(service, 'GET', '/readyz')).status === 503);
      for (let times = 0; times < 4; times++) {
        const { json } = await call(service, 'GET', '/readyz');
        expect(json.ready).to.equal(false);
        expect(json.reasons.map(({ detail }: { detail: string }) => detail).join('\n')).to.match(said);
      }
    };
    await changed.command('REPLICAOF', '127.0.0.1', '1');
    await expectReasons(/replica|^Redis answered with an error: READONLY [^.]*\.$/m);
    await changed.command('REPLICAOF', 'NO', 'ONE');
    await until(async () => (await call(service, 'GET', '/readyz')).status === 200);
    await changed.command('CONFIG', 'SET', 'maxmemory', '1');
    await expectReasons(/full \(OOM\)|^Redis answered with an error: OOM [^.]*\.$/m);
  });

  for (const [how, fate] of [
    ['cut off', 'cut'],
    ['late', LATE],
  ] as const) {
    it(`starts and is ready although the answers to its looks are ${how} until then`, async () => {
      const struckBefore = proxy.struck();
      proxy.decide((request) => (LOOK.test(request) ? fate : 'pass'));
      const service = await start();
      proxy.decide(() => 'pass');
      expect(proxy.struck()).to.be.above(struckBefore);
      await expectToServe(service);
    });
  }

  it('stays ready although the answer to its look after a reconnection is late', async () => {
    const service = await start();
    await expectToServe(service);
    let looks = 0;
    const late = nextTimes(1, LOOK, LATE);
    proxy.decide((request) => {
      if (LOOK.test(request)) looks++;
      return late(request);
    });
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await until(async () => looks === 2);
    await expectToServe(service);
  });
});
