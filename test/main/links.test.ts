import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { until } from '../faults/support/replication.ts';
import { attemptIn, leadIn, mintLink, NEW_ATTEMPT, pressButton, visit } from '../http/link-page.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type Deployment, makeDeployment, TEST_CALLERS, TEST_PURPOSES } from '../support/deployment.ts';
import { dumpOf } from '../support/dump.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type Answered, call, type ServiceProcess, startService } from '../support/service.ts';

const APP = 'https://app.example.test';
const PURPOSES = {
  ...TEST_PURPOSES,
  'password-reset': { audience: APP, lifetime: '15m', link: { then: `${APP}/reset`, code: true } },
  plain: { audience: APP, lifetime: '15m', link: { then: `${APP}/reset` } },
  'dead-end': { audience: APP, lifetime: '15m', link: {} },
};
const ALL = Object.keys(PURPOSES);

describe('links on Redis', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let one: ServiceProcess;
  let other: ServiceProcess;
  let deployment: Deployment;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    deployment = await makeDeployment(
      { ledger: { redis: redis.url, timeoutMs: 4000 }, purposes: PURPOSES },
      { ...TEST_CALLERS, main: { mint: ALL, redeem: ALL, inspect: true } },
    );
    onClose(deployment.close);
    [one, other] = await Promise.all([startService(deployment), startService(deployment)]);
    onClose(one.close);
    onClose(other.close);
  });

  const plain = () => mintLink(one, { purpose: 'plain' });

  async function patiently(ask: () => Promise<Answered>): Promise<Answered> {
    const began = performance.now();
    for (;;) {
      const answer = await ask();
      if (answer.status !== 503 || performance.now() - began > 30_000) return answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it('are opened and pressed at any instance, by one of many', async () => {
    for (let round = 0; round < 10; round++) {
      const { path } = await plain();
      expect((await visit(other, path)).status).to.equal(200);
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          pressButton(index % 2 ? one : other, path, { attempt: NEW_ATTEMPT() }),
        ),
      );
      expect(answers.filter(({ status }) => status === 200).length).to.equal(1);
      expect(answers.filter(({ status }) => status === 410).length).to.equal(39);
    }
  });

  it('lead the same press to the same place at another instance', async () => {
    const { path } = await plain();
    const attempt = NEW_ATTEMPT();
    const first = await pressButton(one, path, { attempt });
    const second = await pressButton(other, path, { attempt });
    expect(leadIn(second)).to.equal(leadIn(first)).and.include('redemption=');
  });

  it('leave nothing in Redis with which anything could be opened, redeemed or collected', async () => {
    const { path, token, code = '' } = await mintLink(one);
    const attempt = NEW_ATTEMPT();
    const answer = await pressButton(one, path, { attempt, code });
    const id = new URL(leadIn(answer)).searchParams.get('redemption') ?? '';
    const redisMemory = await dumpOf(redis);
    expect(redisMemory).to.include(':d:');
    const reference = path.slice('/l/'.length);
    for (const [what, secret] of Object.entries({ reference, token, code, attempt, id })) {
      expect(redisMemory.includes(secret), what).to.equal(false);
    }
    const [, payload = '', signature = ''] = token.split('.');
    for (const part of [payload, signature, reference.slice(2)])
      expect(redisMemory.includes(part)).to.equal(false);
  });

  it('go from Redis ten minutes after their token, and are dead with it', async () => {
    const { path } = await mintLink(one, { purpose: 'dead-end', expiresIn: 2 });
    const keys = (await redis.command('KEYS', '*:d:*')) as string[];
    const left = await Promise.all(keys.map((key) => redis.command('TTL', key)));
    for (const seconds of left) expect(Number(seconds)).to.be.within(1, 3600 + 600);
    expect(Math.min(...left.map(Number))).to.be.within(500, 602);
    await until(async () => (await visit(one, path)).status === 410);
  });

  it('wait in Redis as long as what was redeemed at them may be collected', async () => {
    const client = new Redis(redis.url);
    onClose(async () => client.disconnect());
    const before = new Set(await client.keys('*:d:*'));
    await mintLink(one, { purpose: 'plain', expiresIn: 60 });
    const [key = '', ...others] = (await client.keys('*:d:*')).filter((each) => !before.has(each));
    expect(others).to.deep.equal([]);
    expect(await client.ttl(key)).to.be.within(600, 660);
  });

  it('ask for the code that they were made with, whatever the configuration says by now', async () => {
    const coded = await readFile(deployment.configPath, 'utf8');
    await writeFile(deployment.configPath, coded.replace('code: true', 'code: false'));
    const codeless = await startService(deployment);
    onClose(codeless.close);
    await writeFile(deployment.configPath, coded);

    const [{ path, code = '' }, without] = await Promise.all([mintLink(one), mintLink(codeless)]);
    expect((await visit(codeless, path)).text).to.include('name="code"');
    expect((await pressButton(codeless, path, { attempt: NEW_ATTEMPT() })).status).to.equal(403);
    expect((await pressButton(codeless, path, { attempt: NEW_ATTEMPT(), code })).status).to.equal(200);

    expect(without.code).to.equal(undefined);
    expect((await visit(one, without.path)).status, 'there is no code to ask for').to.equal(410);
    expect((await pressButton(one, without.path, { attempt: NEW_ATTEMPT() })).status).to.equal(410);
    expect((await visit(codeless, without.path)).status).to.equal(200);
  });

  it('ask for patience while Redis does not answer, and the same press goes on afterwards', async () => {
    const { path } = await plain();
    const attempt = attemptIn(await visit(one, path));
    redis.process().kill('SIGSTOP');
    const [seen, pressed] = await Promise.all([visit(one, path), pressButton(one, path, { attempt })]);
    redis.process().kill('SIGCONT');
    for (const answer of [seen, pressed]) {
      expect(answer.status).to.equal(503);
      expect(answer.headers.get('content-type')).to.match(/^text\/html/);
      expect(Number(answer.headers.get('retry-after'))).to.be.greaterThan(0);
    }
    const again = await patiently(() => pressButton(one, path, { attempt }));
    expect(again.status).to.equal(200);
    expect((await pressButton(one, path, { attempt: NEW_ATTEMPT() })).status).to.equal(410);
  });

  it('are dead once Redis has lost its memory, and what was redeemed is never collected twice', async () => {
    const [live, used] = await Promise.all([plain(), plain()]);
    const attempt = NEW_ATTEMPT();
    const answer = await pressButton(one, used.path, { attempt });
    const id = new URL(leadIn(answer)).searchParams.get('redemption');
    expect((await call(one, 'POST', `/v1/redemptions/${id}/collect`)).status).to.equal(200);
    await redis.command('FLUSHALL');
    expect((await visit(one, live.path)).status).to.equal(410);
    expect((await pressButton(one, used.path, { attempt })).status).to.equal(410);
    expect((await call(other, 'POST', `/v1/redemptions/${id}/collect`)).status).to.equal(404);
  });

  it('are dead once Redis was killed and came back empty', async () => {
    const { path } = await plain();
    redis.process().kill('SIGKILL');
    await redis.restart();
    expect((await patiently(() => visit(one, path))).status).to.equal(410);
  });
});
