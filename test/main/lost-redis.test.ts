import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { makeDeployment } from '../support/deployment.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import {
  type Answered,
  call,
  mintToken,
  redeemToken,
  type ServiceProcess,
  startService,
} from '../support/service.ts';

const TIMEOUT_MS = 4000;
/** Far above the time-out, for a loaded machine; far below waiting for ever. */
const PATIENCE_MS = 10 * TIMEOUT_MS;

describe('a service whose Redis is lost', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let proxy: CuttingProxy;
  let service: ServiceProcess;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    proxy = await startCuttingProxy(redis.port);
    onClose(proxy.close);
    const ledger = { redis: `redis://127.0.0.1:${proxy.port}`, timeoutMs: TIMEOUT_MS };
    const deployment = await makeDeployment({ ledger });
    onClose(deployment.close);
    service = await startService(deployment);
    onClose(service.close);
  });

  async function expectUnavailable(asked: Promise<Answered>): Promise<void> {
    const began = performance.now();
    const { status, json, headers } = await asked;
    expect(performance.now() - began).to.be.below(PATIENCE_MS);
    expect(status).to.equal(503);
    expect(json.code).to.equal('ledger_unavailable');
    expect(Number(headers.get('retry-after'))).to.be.greaterThan(0);
    expect(headers.get('content-type')).to.equal('application/problem+json');
  }

  async function eventually(ask: () => Promise<Answered>): Promise<Answered> {
    const began = performance.now();
    for (;;) {
      const answer = await ask();
      if (answer.status !== 503 || performance.now() - began > 30_000) return answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it('answers the only redeemer although the reply to its burn was cut off', async () => {
    for (let octets = 0; octets < 100; octets += 9) {
      const token = await mintToken(service);
      proxy.cutRepliesAfter(octets, 1);
      const first = await redeemToken(service, token);
      expect(first.status, first.text).to.equal(200);
      proxy.cutRepliesAfter(Number.POSITIVE_INFINITY, 0);
      expect((await redeemToken(service, token)).json.code).to.equal('token_burned');
    }
    expect(proxy.cuts()).to.be.at.least(5);
  });

  it('lets one of many through while connections are being cut', async () => {
    for (let round = 0; round < 10; round++) {
      const token = await mintToken(service);
      proxy.cutRepliesAfter(round * 11, 2);
      const answers = await Promise.all(Array.from({ length: 30 }, () => redeemToken(service, token)));
      proxy.cutRepliesAfter(Number.POSITIVE_INFINITY, 0);
      expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
      expect(answers.filter(({ status }) => status === 410)).to.have.length(29);
    }
  });

  it('gives a caller that named no attempt its lost answer when it tries again', async () => {
    const token = await mintToken(service);
    proxy.swallowReplies(true);
    await expectUnavailable(redeemToken(service, token));
    proxy.swallowReplies(false);
    const again = await eventually(() => redeemToken(service, token));
    expect(again.status, again.text).to.equal(200);
    expect((await redeemToken(service, token)).json.code).to.equal('token_burned');
  });

  it('gives that lost answer to one of those who try again, and to no other caller', async () => {
    const token = await mintToken(service);
    proxy.swallowReplies(true);
    await expectUnavailable(redeemToken(service, token));
    proxy.swallowReplies(false);
    await eventually(() => call(service, 'GET', '/readyz'));
    expect((await redeemToken(service, token, { as: 'other' })).json.code).to.equal('token_burned');
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeemToken(service, token)));
    expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
  });

  it('refuses everything within the time-out while Redis is silent, and recovers by itself', async () => {
    const token = await mintToken(service);
    redis.process().kill('SIGSTOP');
    await expectUnavailable(
      call(service, 'POST', '/v1/tokens', { body: { purpose: 'password-reset', subject: 'u' } }),
    );
    await expectUnavailable(redeemToken(service, token));
    await expectUnavailable(call(service, 'POST', '/v1/tokens/inspect', { body: { token } }));
    const readiness = await call(service, 'GET', '/readyz');
    expect(readiness.status).to.equal(503);
    expect(readiness.json.reasons[0]).to.include({ part: 'ledger', code: 'ledger_unavailable' });
    expect(readiness.json.reasons[0].detail).to.match(/^Redis gave no answer: it does not answer/);
    expect((await call(service, 'GET', '/healthz')).status).to.equal(200);
    redis.process().kill('SIGCONT');
    expect((await eventually(() => redeemToken(service, token))).status).to.equal(200);
    expect((await call(service, 'GET', '/readyz')).status).to.equal(200);
  });

  it('refuses everything while Redis is dead, and recovers by itself', async () => {
    const token = await mintToken(service);
    redis.process().kill('SIGKILL');
    await redis.process().exited();
    await expectUnavailable(redeemToken(service, token));
    await expectUnavailable(
      call(service, 'POST', '/v1/tokens', { body: { purpose: 'password-reset', subject: 'u' } }),
    );
    await redis.restart();
    expect((await eventually(() => redeemToken(service, token))).json.code).to.equal('token_void');
    expect((await redeemToken(service, await mintToken(service))).status).to.equal(200);
  });

  it('starts without it, says that it is not ready, and is ready when it comes', async () => {
    redis.process().kill('SIGKILL');
    await redis.process().exited();
    const other = await startService(service.deployment);
    onClose(other.close);
    expect(other.process.output()).to.match(
      /^Ledger: .*, which cannot be asked: .*\. Until it can, calls that need it get 503\.$/m,
    );
    const readiness = await call(other, 'GET', '/readyz');
    expect(readiness.status).to.equal(503);
    expect(readiness.json.reasons[0].detail).to.match(/^Redis gave no answer: it /);
    await expectUnavailable(
      call(other, 'POST', '/v1/tokens', { body: { purpose: 'password-reset', subject: 'u' } }),
    );
    await redis.restart();
    expect((await eventually(() => call(other, 'GET', '/readyz'))).status).to.equal(200);
    expect((await redeemToken(other, await mintToken(other))).status).to.equal(200);
  });
});
