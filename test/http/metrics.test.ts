import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import { samplesOf, sumOf } from '../metrics/page.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { call, mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';
import { expectCommonHeaders, expectProblem } from './expect-answer.ts';
import { runService } from './run-service.ts';

const CALLERS = {
  main: { mint: ['password-reset'], redeem: ['password-reset'], inspect: true },
  viewer: { operator: 'view' },
  manager: { operator: 'manage' },
  gone: { operator: 'view', disabled: true },
};
const TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const REQUESTS = 'matchstick_http_request_duration_seconds_count';
/** Each says that a proxy on this host speaks for somebody else. */
const THROUGH_A_PROXY = [
  { 'X-Forwarded-For': '203.0.113.7' },
  { 'X-Forwarded-For': '127.0.0.1' },
  { 'X-Forwarded-For': '' },
  { 'X-Forwarded-Host': 'cap.example.com' },
  { 'X-Real-IP': '127.0.0.1' },
  { 'X-Forwarded-Proto': 'https' },
  { 'X-Forwarded-Port': '443' },
  { 'CF-Connecting-IP': '127.0.0.1' },
  { 'True-Client-IP': '127.0.0.1' },
  { 'X-Client-IP': '127.0.0.1' },
  { Forwarded: 'for=127.0.0.1' },
  { Via: '1.1 proxy' },
];

describe('GET /metrics', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  let open: ServiceProcess;

  before(async () => {
    const limits = { caller: { count: 5, per: '1h' } };
    [service, open] = await Promise.all([
      runService(onClose, { listen: { host: '0.0.0.0' }, limits }, CALLERS),
      runService(onClose, { metrics: { open: true } }, CALLERS),
    ]);
  });

  const page = async (of: ServiceProcess = service) => (await call(of, 'GET', '/metrics', { as: null })).text;

  it('is open to programs on this host, in the text format of Prometheus', async () => {
    for (const as of [null, 'main', 'viewer']) {
      const answer = await call(service, 'GET', '/metrics', { as });
      expect(answer.status).to.equal(200);
      expect(answer.headers.get('content-type')).to.equal(TYPE);
      expectCommonHeaders(answer);
      expect(sumOf(answer.text, 'matchstick_build_info')).to.equal(1);
      expect(samplesOf(answer.text).length).to.be.greaterThan(100);
    }
  });

  it('wants an operator from everybody else, whether through a proxy or from another host', async () => {
    const address = Object.values(networkInterfaces())
      .flat()
      .find((each) => each && !each.internal && each.family === 'IPv4')?.address;
    const elsewhere = { ...service, url: service.url.replace('0.0.0.0', address ?? 'no-other-address') };
    const asked = [
      ...THROUGH_A_PROXY.map((headers) => [service, headers] as const),
      ...(address === undefined ? [] : [[elsewhere, {}] as const]),
    ];
    for (const [at, headers] of asked) {
      const ask = (as: string | null) => call(at, 'GET', '/metrics', { as, headers });
      for (const as of ['viewer', 'manager']) expect((await ask(as)).status).to.equal(200);
      const refused = await ask('main');
      expectProblem(refused, 'caller_forbidden');
      expect(refused.text).to.not.include('matchstick_');
    }
    const headers = { 'X-Forwarded-For': '203.0.113.7' };
    for (const as of [null, 'gone']) {
      expectProblem(await call(service, 'GET', '/metrics', { as, headers }), 'caller_unknown');
    }
  });

  it('is open to everybody where the configuration says so', async () => {
    for (const headers of THROUGH_A_PROXY) {
      expect((await call(open, 'GET', '/metrics', { as: null, headers })).status).to.equal(200);
    }
  });

  it('counts what the service does, by purpose and outcome', async () => {
    const token = await mintToken(service);
    for (const status of [200, 410]) expect((await redeemToken(service, token)).status).to.equal(status);
    const text = await page();
    const purpose = 'password-reset';
    const outcomes = (outcome: string) => sumOf(text, 'matchstick_redemptions_total', { purpose, outcome });
    expect(sumOf(text, 'matchstick_tokens_minted_total', { purpose })).to.equal(1);
    expect([outcomes('redeemed'), outcomes('token_burned'), outcomes('token_invalid')]).to.deep.equal([
      1, 1, 0,
    ]);
    expect(sumOf(text, 'matchstick_second_uses_total', { purpose })).to.equal(1);
    expect(samplesOf(text).filter(({ name }) => name === 'matchstick_key_age_seconds')).to.have.lengthOf(2);
  });

  it('counts a stream of events when it begins, and only then', async () => {
    const labels = { method: 'GET', route: '/v1/events', status: '200' };
    const before = sumOf(await page(), REQUESTS, labels);
    const follower = new AbortController();
    const followed = await fetch(`${service.url}/v1/events`, {
      headers: {
        Authorization: `Bearer ${service.deployment.callerKeys.viewer}`,
        Accept: 'text/event-stream',
      },
      signal: follower.signal,
    });
    expect(followed.headers.get('content-type')).to.include('text/event-stream');
    expect(sumOf(await page(), REQUESTS, labels) - before).to.equal(1);
    follower.abort();
    // The next stream is answered after this one's end was seen.
    expect((await call(service, 'GET', '/v1/events', { as: 'viewer' })).status).to.equal(200);
    expect(sumOf(await page(), REQUESTS, labels) - before).to.equal(2);
  });

  it('counts requests by the template of their route, and those that no route has together', async () => {
    const route = '/v1/tokens/:jti';
    const before = await page();
    for (const jti of ['one', 'two', 'three']) {
      expect((await call(service, 'GET', `/v1/tokens/${jti}`)).status).to.equal(404);
    }
    for (const path of ['/made-up', '/made/up', '/v1/tokens/%ff', '/METRICS'])
      await call(service, 'GET', path);
    await call(service, 'DELETE', '/v1/tokens/one');
    await call(service, 'POST', '/v1/tokens/batch', { body: {} });
    const after = await page();
    const grown = (labels: Readonly<Record<string, string>>) =>
      sumOf(after, REQUESTS, labels) - sumOf(before, REQUESTS, labels);
    expect(grown({ method: 'GET', route, status: '404' })).to.equal(3);
    expect(grown({ method: '(other)', route, status: '405' })).to.equal(1);
    expect(grown({ method: 'POST', route: '/v1/tokens/batch', status: '400' })).to.equal(1);
    expect(grown({ route: '(none)' })).to.equal(4);
    expect(after).to.not.include('made');
  });

  it('counts each request that a limit refuses, not only the first', async () => {
    const limited = (text: string) =>
      sumOf(text, 'matchstick_rate_limited_total', { limit: 'unknown-key-per-address' });
    const before = limited(await page());
    const statuses: number[] = [];
    for (let tried = 0; tried < 12; tried++) {
      statuses.push((await call(service, 'POST', '/v1/redemptions', { as: null, body: {} })).status);
    }
    const refused = statuses.filter((status) => status === 429).length;
    expect(refused).to.be.greaterThan(1);
    expect(limited(await page()) - before).to.equal(refused);
  });

  it('answers also when nothing is left of the limit of strangers', async () => {
    expect((await call(service, 'GET', '/metrics', { as: null })).status).to.equal(200);
  });
});
