import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { connectLedger } from '../../src/redis/connection.ts';
import { type LedgerFreeze, ledgerFreeze } from '../../src/redis/freeze.ts';
import { mintLink, NEW_ATTEMPT, pressButton, visit } from '../http/link-page.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { ISSUER, makeDeployment } from '../support/deployment.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type Answered, call, type ServiceProcess, startService } from '../support/service.ts';

const TIMEOUT_MS = 3000;
const QUOTA = { count: 3, per: '10m' };
const TICKET = 'a-ticket';
const DEAD = `/l/${'A'.repeat(22)}`;
const PURPOSES = {
  limited: { audience: 'app', lifetime: '5m', limit: QUOTA },
  plain: { audience: 'app', lifetime: '5m' },
  linked: { audience: 'app', lifetime: '5m', link: {} },
  coded: { audience: 'app', lifetime: '5m', link: { code: true } },
};

describe('limits of a service whose ledger gives no answer', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let frost: LedgerFreeze;
  let service: ServiceProcess;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    const monotonicMs = () => performance.now();
    const connection = connectLedger({ url: redis.url }, { timeoutMs: TIMEOUT_MS, monotonicMs });
    onClose(() => connection.close());
    const names = { namespace: 'matchstick', issuer: ISSUER, shards: 4 };
    frost = ledgerFreeze({ ...names, connection, randomBytes, monotonicMs });
    const all = Object.keys(PURPOSES);
    const callers = { main: { mint: all }, slow: { mint: all, redeem: all, limit: QUOTA } };
    const ledger = { redis: redis.url, timeoutMs: TIMEOUT_MS };
    const limits = { link: QUOTA, code: QUOTA, caller: QUOTA };
    const settings = { purposes: PURPOSES, ledger, limits, listen: { proxyHops: 1 } };
    const deployment = await makeDeployment(settings, callers);
    onClose(deployment.close);
    service = await startService(deployment);
    onClose(service.close);
  });

  /** So many in turn. What is given back reaches Redis on the same connection, ahead of the next request. */
  async function statusesOf(ask: () => Promise<Answered>, calls = 5): Promise<number[]> {
    const statuses: number[] = [];
    for (let asked = 0; asked < calls; asked++) statuses.push((await ask()).status);
    return statuses;
  }

  const mint = (as: string | null, purpose: string, subject: string) =>
    call(service, 'POST', '/v1/tokens', { as, body: { purpose, subject } });
  const batch = (...subjects: readonly string[]) => {
    const tokens = subjects.map((subject) => ({ purpose: 'limited', subject }));
    return call(service, 'POST', '/v1/tokens/batch', { body: { tokens } });
  };
  const at = (address: string) => ({ 'X-Forwarded-For': address });

  it('give back what was taken for nothing, and count again from there', async () => {
    const { path } = await mintLink(service, { purpose: 'linked' });
    const coded = await mintLink(service, { purpose: 'coded' });
    const press = (address: string) => pressButton(service, path, { attempt: NEW_ATTEMPT() }, at(address));
    const type = (address: string, code: string) =>
      pressButton(service, coded.path, { attempt: NEW_ATTEMPT(), code }, at(address));
    const wrong = (coded.code ?? '').replace(/^./, (digit) => String((Number(digit) + 1) % 10));
    let addresses = 0;

    await frost.freeze(TICKET, 600);
    expect(await statusesOf(() => mint('main', 'limited', 'ada'))).to.deep.equal(Array(5).fill(503));
    expect(await statusesOf(() => batch('ada', 'bob', 'ada'))).to.deep.equal(Array(5).fill(503));
    expect(await statusesOf(() => mint('slow', 'plain', 'ada'))).to.deep.equal(Array(5).fill(503));
    expect(await statusesOf(() => press('203.0.113.1'))).to.deep.equal(Array(5).fill(503));
    const typed = await statusesOf(() => type(`203.0.114.${addresses++}`, coded.code ?? ''));
    expect(typed).to.deep.equal(Array(5).fill(503));
    await frost.thaw(TICKET);

    expect(await statusesOf(() => mint('main', 'limited', 'ada'))).to.deep.equal([201, 201, 201, 429, 429]);
    expect(await statusesOf(() => mint('main', 'limited', 'bob'))).to.deep.equal([201, 201, 201, 429, 429]);
    expect(await statusesOf(() => mint('slow', 'plain', 'ada'))).to.deep.equal([201, 201, 201, 429, 429]);
    const visits = await statusesOf(() => visit(service, DEAD, { headers: at('203.0.113.1') }));
    expect(visits).to.deep.equal([410, 410, 410, 429, 429]);
    const guesses = await statusesOf(() => type(`203.0.115.${addresses++}`, wrong));
    expect(guesses).to.deep.equal([403, 403, 403, 429, 429]);
  });

  it('never give back for a refusal', async () => {
    expect(await statusesOf(() => mint('main', 'limited', 'eve'))).to.deep.equal([201, 201, 201, 429, 429]);
    const strangers = () => mint(null, 'plain', 'eve');
    expect(await statusesOf(strangers)).to.deep.equal([401, 401, 401, 429, 429]);
  });

  it('and the ledger share one time-out when Redis is silent', async () => {
    const { path } = await mintLink(service, { purpose: 'linked' });
    redis.process().kill('SIGSTOP');
    const began = performance.now();
    const headers = at('203.0.116.1');
    const asked: Readonly<Record<string, Promise<Answered>>> = {
      'opening a link': visit(service, path, { headers }),
      'pressing its button': pressButton(service, path, { attempt: NEW_ATTEMPT() }, headers),
      'a limited mint': mint('main', 'limited', 'zoe'),
      'a batch': batch('zoe', 'kim'),
    };
    const waited = Object.entries(asked).map(async ([what, answer]) => {
      expect((await answer).status, what).to.equal(503);
      expect(performance.now() - began, what).to.be.within(TIMEOUT_MS - 100, TIMEOUT_MS * 1.6);
    });
    await Promise.all(waited);
    redis.process().kill('SIGCONT');
  });
});
