import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { createClient } from '../../src/client/index.ts';
import { until } from '../faults/support/replication.ts';
import { attemptIn, leadIn, mintLink, pressButton, visit } from '../http/link-page.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { dumpOf } from '../support/dump.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { call, mintToken, redeemToken, type ServiceProcess, startService } from '../support/service.ts';

const APP = 'https://app.example.test';
const PURPOSES = {
  'password-reset': {
    audience: APP,
    lifetime: '15m',
    bind: { session: 'optional' },
    link: { then: `${APP}/reset`, byDefault: false },
  },
  coded: { audience: APP, lifetime: '5m', link: { code: true, then: `${APP}/then` } },
  invitation: {
    audience: APP,
    lifetime: '5m',
    claims: { type: 'object', properties: { email: { type: 'string' } } },
    sealed: ['email'],
  },
};
const ALL = Object.keys(PURPOSES);
const CALLERS = {
  main: { mint: ALL, redeem: ALL, inspect: true, revoke: true },
  ops: { operator: true },
};
const PRELOAD = new URL('./traced.mjs', import.meta.url).href;
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What of these secrets is in a text, in any of the forms in which texts carry others. */
function foundIn(text: string, secrets: ReadonlyMap<string, string>): readonly string[] {
  return [...secrets].flatMap(([secret, what]) => {
    const forms = [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString('base64url'),
      Buffer.from(secret).toString('hex'),
    ];
    return forms.some((form) => text.includes(form)) ? [what] : [];
  });
}

describe('the canary: a service whose every secret is known, with every instrumentation on', function () {
  this.timeout(120_000);
  const onClose = cleanupAfter(after);
  const secrets = new Map<string, string>();
  let redis: RedisServer;
  let service: ServiceProcess;
  let spansFile: string;
  let url: string;
  const monitored: string[] = [];

  /** No part of a token may show but its header, which all tokens of a key have. */
  function learnToken(token: string): string {
    const [, payload = '', signature = ''] = token.split('.');
    for (const part of `${payload}${signature}`.match(/.{24}/g) ?? []) secrets.set(part, 'a token');
    return token;
  }

  const learn = (what: string, secret: string): string => {
    secrets.set(secret, what);
    return secret;
  };

  const spans = async (): Promise<readonly Span[]> =>
    (await readFile(spansFile, 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));

  before(async () => {
    const password = learn('the password of Redis', randomBytes(16).toString('hex'));
    redis = await startRedis();
    onClose(redis.close);
    await redis.command('CONFIG', 'SET', 'requirepass', password);
    url = `redis://:${password}@127.0.0.1:${redis.port}`;
    const monitor = new Redis(url);
    onClose(() => monitor.disconnect());
    const watching = await monitor.monitor();
    onClose(() => watching.disconnect());
    watching.on('monitor', (_time: string, args: string[]) => monitored.push(args.join(' ')));
    const deployment = await makeDeployment({ purposes: PURPOSES, ledger: { redis: url } }, CALLERS);
    onClose(deployment.close);
    spansFile = join(deployment.folder, 'spans.jsonl');
    service = await startService(deployment, { NODE_OPTIONS: `--import ${PRELOAD}`, SPANS_FILE: spansFile });
    onClose(service.close);
    for (const key of Object.values(deployment.callerKeys)) learn('a caller key', key);
    const ring = JSON.parse(await readFile(join(deployment.folder, 'keys.json'), 'utf8'));
    for (const { d } of ring.keys) learn('a private key', d);
    learn('the key of subjects', ring.subjectKey);

    const session = learn('a session', randomBytes(16).toString('hex'));
    const attempt = learn('an Idempotency-Key', randomBytes(16).toString('hex'));
    const headers = { traceparent: PARENT, 'Idempotency-Key': attempt };
    const bound = learnToken(await mintToken(service, { bind: { session } }));
    const redemption = await redeemToken(service, bound, { headers });
    expect(redemption.status).to.equal(403);
    const body = { token: bound, purpose: 'password-reset', proof: { session }, hold: 30 };
    const held = await call(service, 'POST', '/v1/redemptions', { body, headers });
    expect(held.status, held.text).to.equal(200);
    learn('a redemption', held.json.redemptionId.slice(52));
    await call(service, 'POST', `/v1/redemptions/${held.json.redemptionId}/commit`, { headers });
    await redeemToken(service, bound);

    const email = learn('a sealed claim', `${randomBytes(8).toString('hex')}@example.test`);
    const sealed = learnToken(await mintToken(service, { purpose: 'invitation', claims: { email } }));
    const opened = await redeemToken(service, sealed, { purpose: 'invitation' });
    expect(opened.json.claims).to.deep.equal({ email });

    const link = await mintLink(service, { purpose: 'coded' });
    learnToken(link.token);
    learn('a reference', link.path.slice('/l/'.length));
    const pageAttempt = learn('the attempt of a page', attemptIn(await visit(service, link.path)));
    await pressButton(service, link.path, { attempt: pageAttempt, code: '000000' });
    const pressed = await pressButton(service, link.path, { attempt: pageAttempt, code: link.code ?? '' });
    const id = learn(
      'a redemption of a visitor',
      new URL(leadIn(pressed)).searchParams.get('redemption') ?? '',
    );
    await call(service, 'POST', `/v1/redemptions/${id}/collect`);

    const stray = learnToken(await mintToken(service));
    for (const place of [
      { path: `/v1/tokens/${stray}` },
      { path: `/l/${stray}`, as: null },
      { path: `/nowhere/${stray}?token=${stray}` },
      { path: '/v1/purposes', headers: { 'User-Agent': stray, 'X-Request-Id': stray, Referer: stray } },
      { path: '/v1/purposes', headers: { traceparent: stray, tracestate: `a=${stray.slice(0, 200)}` } },
    ]) {
      await call(service, 'GET', place.path, {
        as: place.as === null ? null : 'main',
        headers: place.headers ?? {},
      });
    }
    for (const text of [`{"token":"${stray}"`, `{"token":"${stray}","${stray}":1}`, `"${stray}"`, stray]) {
      await call(service, 'POST', '/v1/redemptions', {
        body: text,
        headers: { 'Content-Type': 'application/json' },
      });
    }
    await call(service, 'POST', '/v1/tokens/inspect', { body: { token: stray } });
    await call(service, 'POST', '/v1/revocations', { body: { token: stray } });
    await call(service, 'GET', '/v1/purposes', { headers: { Authorization: `Bearer ${stray}` } });
    await until(async () => (await spans()).some(({ name }) => name === 'matchstick.script revoke'));
  });

  it('shows none of them in its output, in spans, metrics, events, in Redis and on the way there', async () => {
    const metrics = await call(service, 'GET', '/metrics', { as: 'ops' });
    const events = await call(service, 'GET', '/v1/events?limit=1000', { as: 'ops' });
    expect(events.json.events.length).to.be.above(10);
    const reader = new Redis(url);
    onClose(() => reader.disconnect());
    const places = {
      output: service.process.output(),
      spans: await readFile(spansFile, 'utf8'),
      metrics: metrics.text,
      events: events.text,
      monitor: monitored.filter((line) => !/^(?:auth|hello)\b/i.test(line)).join('\n'),
      redis: await dumpOf({ ...redis, command: (name, ...args) => reader.call(name, ...args) }),
    };
    for (const [place, text] of Object.entries(places)) {
      expect(text.length, place).to.be.above(200);
      expect(foundIn(text, secrets), place).to.deep.equal([]);
    }
    expect(places.monitor).to.match(/evalsha|eval/i);
  });

  it('would be found out for each kind of secret, in each form', () => {
    for (const [secret, what] of secrets) {
      const hex = Buffer.from(secret).toString('hex');
      for (const form of [
        secret,
        encodeURIComponent(secret),
        Buffer.from(secret).toString('base64url'),
        hex,
      ]) {
        expect(foundIn(`before ${form} after`, secrets)).to.include(what);
      }
    }
    expect(new Set(secrets.values()).size).to.be.at.least(11);
  });

  it('has a span for each mint, redemption and script, within the trace of the request', async () => {
    const all = await spans();
    const names = new Set(all.map(({ name }) => name));
    for (const name of [
      'matchstick.mint',
      'matchstick.redeem',
      'matchstick.script burn',
      'matchstick.script settle',
    ])
      expect(names).to.include(name);
    const redeemed = all.filter(({ name, traceId }) => name === 'matchstick.redeem' && traceId === TRACE_ID);
    expect(redeemed.map(({ attributes }) => attributes)).to.deep.include.members([
      { 'matchstick.purpose': 'password-reset', 'matchstick.outcome': 'binding_mismatch' },
      { 'matchstick.purpose': 'password-reset', 'matchstick.outcome': 'ok' },
    ]);
    const script = all.find(({ name, traceId }) => name === 'matchstick.script burn' && traceId === TRACE_ID);
    expect(script?.attributes).to.deep.equal({
      'db.system.name': 'redis',
      'db.operation.name': 'evalsha',
      'db.stored_procedure.name': 'burn',
    });
    const ofRedis = all.filter(({ attributes }) =>
      String(attributes['db.statement'] ?? attributes['db.query.text'] ?? '').startsWith('matchstick.'),
    );
    expect(ofRedis.length, 'the instrumentation of ioredis is on').to.be.above(5);
    const events = await call(service, 'GET', '/v1/events?type=token.held', { as: 'ops' });
    expect(events.json.events[0].traceId).to.equal(TRACE_ID);
  });
});

describe('the client, where somebody traces', () => {
  it('passes on what is active, and nothing where nobody traces', async () => {
    const sent: (string | null)[] = [];
    const fetch: typeof globalThis.fetch = async (_url, init) => {
      sent.push(new Headers(init?.headers).get('traceparent'));
      return Response.json({ purposes: [] });
    };
    const client = createClient({ url: 'https://cap.example.test', key: `ms_a_${'A'.repeat(43)}`, fetch });
    await client.purposes().catch(() => {});
    const { context, propagation, trace, ROOT_CONTEXT } = await import('@opentelemetry/api');
    const { NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node');
    const provider = new NodeTracerProvider();
    provider.register();
    try {
      const parent = propagation.extract(ROOT_CONTEXT, { traceparent: PARENT });
      await context.with(parent, () => client.purposes().catch(() => {}));
    } finally {
      for (const each of [trace, context, propagation]) each.disable();
      await provider.shutdown();
    }
    expect(sent).to.deep.equal([null, PARENT]);
  });
});
