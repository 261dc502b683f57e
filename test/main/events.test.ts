import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { EVENT_TYPES, type EventType, eventSchema, type MatchstickEvent } from '../../src/events/event.ts';
import { createMatchstick } from '../../src/index.ts';
import { until } from '../faults/support/replication.ts';
import { attemptIn, mintLink, NEW_ATTEMPT, pressButton, visit } from '../http/link-page.ts';
import { runService } from '../http/run-service.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { dumpOf } from '../support/dump.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { call, mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';

const APP = 'https://app.example.test';
const PURPOSES = {
  'password-reset': { audience: APP, lifetime: '15m', link: { then: `${APP}/reset`, byDefault: false } },
  single: { audience: APP, lifetime: '15m', live: 1 },
  coded: { audience: APP, lifetime: '15m', link: { code: true } },
  scarce: { audience: APP, lifetime: '15m', limit: { count: 1, per: '1h' } },
};
const ALL = Object.keys(PURPOSES);
const CALLERS = {
  main: { mint: ALL, redeem: ALL, inspect: true, revoke: true },
  reader: { redeem: ['single'] },
  ops: { operator: true },
  viewer: { operator: 'view' },
};
const AGENT = 'Some Mail Client/1.0';
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const HEADERS = {
  'User-Agent': AGENT,
  traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01`,
  'X-Request-Id': 'request-1',
};

/** Types that need what is not built here: the console, and a process that ends. */
const ELSEWHERE: readonly EventType[] = [
  'console.signed-in',
  'console.viewed',
  'service.stopped',
  'key.retired',
];

describe('events of a service', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let service: ServiceProcess;
  let events: readonly MatchstickEvent[] = [];
  const ledger: Record<string, string> = {};

  const ask = (path: string, as = 'viewer') => call(service, 'GET', path, { as });
  const all = async (query = ''): Promise<readonly MatchstickEvent[]> => {
    const found: MatchstickEvent[] = [];
    let after = '';
    for (;;) {
      const { json, text } = await ask(`/v1/events?limit=1000${query}${after}`);
      expect(json?.events, text).to.be.an('array');
      found.push(...json.events);
      if (!json.more) return found;
      after = `&after=${json.next}`;
    }
  };
  const redeem = (token: string, more: object = {}) =>
    call(service, 'POST', '/v1/redemptions', {
      body: { token, purpose: 'password-reset', ...more },
      headers: HEADERS,
    });

  before(async function () {
    this.timeout(120_000);
    redis = await startRedis();
    onClose(redis.close);
    service = await runService(
      onClose,
      {
        purposes: PURPOSES,
        ledger: { redis: redis.url, timeoutMs: 3000 },
        limits: { link: { count: 1000, per: '1m' } },
      },
      CALLERS,
    );
    const subject = 'user-42';
    ledger.subject = subject;
    const one = await mintToken(service, { subject });
    await redeem(one);
    await redeem(one);
    const [held, given] = [
      await redeem(await mintToken(service), { hold: 60 }),
      await redeem(await mintToken(service), { hold: 60 }),
    ];
    await call(service, 'POST', `/v1/redemptions/${held.json.redemptionId}/commit`);
    await call(service, 'POST', `/v1/redemptions/${given.json.redemptionId}/release`);
    await call(service, 'POST', '/v1/revocations', { body: { token: await mintToken(service) } });
    await mintToken(service, { purpose: 'single' });
    await mintToken(service, { purpose: 'single' });
    await call(service, 'POST', '/v1/revocations', { body: { subject: 'somebody-else' } });
    const link = await mintLink(service, { purpose: 'password-reset', link: true });
    const { pathname } = new URL(link.url);
    const attempt = attemptIn(await visit(service, pathname));
    const pressed = await pressButton(service, pathname, { attempt });
    ledger.linkJti = link.jti;
    const [, redemption = ''] =
      /redemption=([\w-]+)/.exec(`${pressed.headers.get('location')} ${pressed.text}`) ?? [];
    await call(service, 'POST', `/v1/redemptions/${redemption}/collect`);
    await visit(service, pathname);
    const coded = await mintLink(service, { purpose: 'coded' });
    await pressButton(service, new URL(coded.url).pathname, { attempt: NEW_ATTEMPT(), code: '000000' });
    await call(service, 'GET', '/v1/purposes', {
      headers: { Authorization: `Bearer ms_main_${'A'.repeat(43)}` },
    });
    await call(service, 'POST', '/v1/tokens', { as: 'reader', body: { purpose: 'password-reset', subject } });
    for (let twice = 0; twice < 2; twice++) {
      await call(service, 'POST', '/v1/tokens', { body: { purpose: 'scarce', subject }, headers: HEADERS });
    }
    await call(service, 'POST', '/v1/keys/rotate', { as: 'ops' });
    const keys = await call(service, 'GET', '/v1/keys', { as: 'ops' });
    const old = keys.json.keys.find(({ state }: { state: string }) => state === 'verifying');
    await call(service, 'POST', `/v1/keys/${old.kid}/revoke`, { as: 'ops' });
    await redis.command('CLIENT', 'PAUSE', '1', 'ALL');
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await until(async () => {
      events = await all();
      return EVENT_TYPES.every(
        (type) => ELSEWHERE.includes(type) || events.some((event) => event.type === type),
      );
    }).catch(() => {});
  });

  const of = (type: EventType) => events.filter((event) => event.type === type);
  const hash = () => {
    const [minted] = of('token.minted');
    return minted?.token?.subject;
  };

  it('are of every type, and every one has the one shape', () => {
    const types = new Set(events.map(({ type }) => type));
    for (const type of EVENT_TYPES) {
      if (!ELSEWHERE.includes(type) && type !== 'ledger.lost' && type !== 'ledger.back')
        expect(types, type).to.include(type);
    }
    for (const event of events)
      expect(eventSchema.safeParse(event).success, JSON.stringify(event)).to.equal(true);
    expect(new Set(events.map(({ id }) => id)).size).to.equal(events.length);
  });

  it('say of a redemption who, what, when, in which request and from where', () => {
    const [redeemed] = of('token.redeemed');
    expect(redeemed).to.deep.include({
      v: 1,
      outcome: 'ok',
      actor: { kind: 'caller', id: 'main' },
      requestId: 'request-1',
      traceId: TRACE_ID,
      client: { address: '127.0.0.0/24', agent: AGENT },
    });
    expect(redeemed?.token).to.have.all.keys('jti', 'purpose', 'subject', 'audience', 'kid');
    expect(redeemed?.attempt).to.match(/^[\w-]{22}$/);
    expect(redeemed?.instance).to.match(/^\S+\/\d+$/);
    const [second] = of('token.refused');
    expect(second).to.deep.include({ code: 'token_burned', outcome: 'refused', secondUse: true });
    expect(second?.token).to.deep.equal(redeemed?.token);
    expect(second?.attempt).to.not.equal(redeemed?.attempt);
  });

  it('tell the whole story of each kind of token', () => {
    const story = (jti: string | undefined) =>
      events
        .filter(({ token }) => token?.jti === jti)
        .map(({ type, code }) => (code ? `${type} ${code}` : type));
    const jtiOf = (type: EventType) => of(type)[0]?.token?.jti;
    const sorted = (...types: string[]) => [...types].sort();
    expect(story(jtiOf('token.committed')).sort()).to.deep.equal(
      sorted('token.minted', 'token.held', 'token.committed'),
    );
    expect(story(jtiOf('token.released')).sort()).to.deep.equal(
      sorted('token.minted', 'token.held', 'token.released'),
    );
    expect(story(jtiOf('token.revoked')).sort()).to.deep.equal(sorted('token.minted', 'token.revoked'));
    expect(story(jtiOf('token.superseded')).sort()).to.deep.equal(sorted('token.minted', 'token.superseded'));
    expect(story(ledger.linkJti).sort()).to.deep.equal(
      sorted(
        'token.minted',
        'link.opened',
        'link.pressed',
        'token.redeemed',
        'token.collected',
        'link.refused token_burned',
      ),
    );
    const [wrong] = of('link.refused').filter(({ code }) => code === 'code_wrong');
    expect(wrong?.actor).to.deep.equal({ kind: 'visitor' });
    expect(of('limit.reached')[0]).to.deep.include({
      actor: { kind: 'caller', id: 'main' },
      code: 'mint-per-subject',
      token: { purpose: 'scarce' },
    });
    expect(of('caller.refused').map(({ code }) => code)).to.have.members([
      'caller_unknown',
      'caller_forbidden',
    ]);
    expect(of('epoch.began')).to.have.length(4);
    expect(of('epoch.began')[0]).to.deep.include({ code: 'no-epoch', actor: { kind: 'system' } });
  });

  it('say who met a limit, in which request', () => {
    const [met] = of('limit.reached');
    expect(met).to.deep.include({
      requestId: 'request-1',
      client: { address: '127.0.0.0/24', agent: AGENT },
    });
  });

  it('say that a button was pressed elsewhere, and that a visit got no answer', async () => {
    const { url } = await mintLink(service, { purpose: 'password-reset', link: true });
    const { pathname } = new URL(url);
    const eventsOf = async (requestId: string) =>
      (await all(`&requestId=${requestId}`)).map(({ type, outcome, code, actor }) => ({
        type,
        outcome,
        code,
        actor,
      }));
    const foreign = { 'Sec-Fetch-Site': 'cross-site', 'X-Request-Id': 'foreign-press' };
    const refused = await pressButton(service, pathname, { attempt: NEW_ATTEMPT() }, foreign);
    expect(refused.status).to.equal(403);
    const actor = { kind: 'visitor' } as const;
    await until(async () => (await eventsOf('foreign-press')).length > 0);
    expect(await eventsOf('foreign-press')).to.deep.equal([
      { type: 'link.refused', outcome: 'refused', code: 'pressed_elsewhere', actor },
    ]);
    redis.process().kill('SIGSTOP');
    const unanswered = { type: 'link.refused', outcome: 'error', code: 'ledger_unavailable', actor } as const;
    try {
      const opened = await call(service, 'GET', pathname, {
        as: null,
        headers: { 'X-Request-Id': 'lost-visit' },
      });
      const headers = { 'Sec-Fetch-Site': 'same-origin', 'X-Request-Id': 'lost-press' };
      const pressed = await pressButton(service, pathname, { attempt: NEW_ATTEMPT() }, headers);
      expect([opened.status, pressed.status]).to.deep.equal([503, 503]);
    } finally {
      redis.process().kill('SIGCONT');
    }
    for (const requestId of ['lost-visit', 'lost-press']) {
      await until(async () => (await eventsOf(requestId).catch(() => [])).length > 0);
      expect(await eventsOf(requestId)).to.deep.equal([unanswered]);
    }
  }).timeout(120_000);

  it('find a subject by its name, and hold no name', async () => {
    const found = await all(`&subject=${ledger.subject}`);
    expect(found.length).to.be.above(3);
    for (const { token } of found) expect(token?.subject).to.equal(hash());
    expect(JSON.stringify(events)).to.not.include(ledger.subject ?? '');
    expect((await ask(`/v1/events?subjectHash=${hash()}&limit=1`)).json.events[0].token.subject).to.equal(
      hash(),
    );
    const plain = createHash('sha256')
      .update(ledger.subject ?? '')
      .digest('base64url');
    expect(plain.startsWith(hash() ?? '')).to.equal(false);
  });

  it('are found by type, purpose, outcome, token and request', async () => {
    const types = new Set((await all('&type=token.held,token.released')).map(({ type }) => type));
    expect([...types].sort()).to.deep.equal(['token.held', 'token.released']);
    expect((await all('&purpose=single')).every(({ token }) => token?.purpose === 'single')).to.equal(true);
    expect((await all('&outcome=refused')).every(({ outcome }) => outcome === 'refused')).to.equal(true);
    expect((await all('&requestId=request-1')).length).to.be.above(2);
    expect(new Set((await all(`&jti=${ledger.linkJti}`)).map(({ token }) => token?.jti))).to.deep.equal(
      new Set([ledger.linkJti]),
    );
  });

  it('come page by page, each once, forwards and backwards', async () => {
    const forwards: string[] = [];
    let after = '';
    for (;;) {
      const { json } = await ask(`/v1/events?limit=7${after}`);
      forwards.push(...json.events.map(({ id }: MatchstickEvent) => id));
      if (!json.more) break;
      after = `&after=${json.next}`;
    }
    const backwards: string[] = [];
    let before = 'now';
    for (;;) {
      const { json } = await ask(`/v1/events?limit=5&before=${before}`);
      backwards.unshift(...json.events.map(({ id }: MatchstickEvent) => id));
      if (!json.more) break;
      before = json.events[0].id;
    }
    expect(new Set(forwards).size).to.equal(forwards.length);
    const known = forwards.slice(0, events.length);
    expect(backwards.slice(0, known.length)).to.deep.equal(known);
  });

  it('are for operators alone, and a wrong question is told what is wrong with it', async () => {
    expect((await ask('/v1/events', 'main')).status).to.equal(403);
    expect((await call(service, 'GET', '/v1/events', { as: null })).status).to.equal(401);
    for (const [query, path] of [
      ['typ=x', 'typ'],
      ['type=token.redemed', 'type'],
      ['limit=0', 'limit'],
      ['limit=1001', 'limit'],
      ['limit=1&limit=2', 'limit'],
      ['outcome=maybe', 'outcome'],
      ['after=a&before=b', 'before'],
    ]) {
      const { status, json } = await ask(`/v1/events?${query}`);
      expect([status, json.errors?.[0]?.path], query).to.deep.equal([400, path]);
    }
    expect((await ask('/v1/events?type=token.redemed')).json.detail).to.include(
      'did you mean token.redeemed?',
    );
    expect((await ask('/v1/events?after=gone&limit=1')).json).to.include({ gap: true });
  });

  it('are followed as they happen, from one that was seen or from now on', async () => {
    const read = async (path: string, headers: object, enough: RegExp, act = async () => {}) => {
      const abort = new AbortController();
      const response = await fetch(`${service.url}${path}`, {
        headers: {
          Authorization: `Bearer ${service.deployment.callerKeys.viewer}`,
          Accept: 'text/event-stream',
          ...headers,
        },
        signal: abort.signal,
      });
      expect(response.headers.get('content-type')).to.equal('text/event-stream');
      await act();
      let text = '';
      const reader = response.body?.getReader();
      while (!enough.test(text)) {
        const { value } = (await reader?.read()) ?? {};
        text += Buffer.from(value ?? []).toString();
      }
      abort.abort();
      return text;
    };
    const now = await read('/v1/events?type=token.redeemed', {}, /event: token\.redeemed\n/, async () => {
      await redeemToken(service, await mintToken(service));
    });
    expect(now).to.match(
      /^: matchstick events\nid: [^\n]+\n\nid: [^\n]+\nevent: token\.redeemed\ndata: \{"v":1,[^\n]+\}\n\n$/,
    );
    const [first] = events;
    const again = await read(
      '/v1/events',
      { 'Last-Event-ID': first?.id },
      new RegExp(`id: ${events[3]?.id}\n`),
    );
    expect(again).to.not.include(`id: ${first?.id}\n`);
    expect(again).to.include(`id: ${events[1]?.id}\n`);
  });

  it('are lines of the log too, each one JSON object', async () => {
    const lines = service.process
      .output()
      .split('\n')
      .filter((line) => line.includes('"event":"token.redeemed"'));
    const parsed = lines.map((line) => JSON.parse(line));
    const [redeemed] = of('token.redeemed');
    expect(parsed.find(({ id }) => id === redeemed?.id)).to.deep.include({ ...redeemed });
  });
});

describe('events of a Matchstick in process', () => {
  it('are heard as they happen, and what the listener throws harms nobody', async () => {
    const heard: MatchstickEvent[] = [];
    const matchstick = await createMatchstick({
      issuer: 'https://cap.example.test',
      purposes: { reset: { audience: 'app', lifetime: '15m' } },
      onEvent: (event) => {
        heard.push(event);
        throw new Error('mine');
      },
    });
    const { token, jti } = await matchstick.mint('reset', { subject: 'user-42' });
    await matchstick.redeem(token, 'reset');
    await matchstick.redeem(token, 'reset').catch(() => {});
    await matchstick.close();
    expect(heard.filter((event) => event.token?.jti === jti).map(({ type }) => type)).to.deep.equal([
      'token.minted',
      'token.redeemed',
      'token.refused',
    ]);
    for (const event of heard) expect(eventSchema.safeParse(event).success).to.equal(true);
    expect(heard.find(({ type }) => type === 'token.redeemed')?.actor).to.deep.equal({
      kind: 'caller',
      id: 'app',
    });
    expect(JSON.stringify(heard)).to.not.include('user-42').and.not.include(token);
  });
});

describe('events of a service that comes and goes, as its Redis does', function () {
  this.timeout(120_000);
  const onClose = cleanupAfter(after);

  it('tell when Redis was lost and came back, and are kept over that; and that the process ended', async () => {
    const redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    onClose(redis.close);
    const service = await runService(
      onClose,
      { purposes: PURPOSES, ledger: { redis: redis.url, timeoutMs: 1000 }, listen: { drainDelay: '0s' } },
      CALLERS,
    );
    redis.process().kill('SIGKILL');
    await service.process.printed(/"event":"ledger\.lost"/);
    await redis.restart();
    await service.process.printed(/"event":"ledger\.back"/);
    const types = async () => {
      const { json } = await call(service, 'GET', '/v1/events', { as: 'viewer' });
      return json?.events?.map(({ type }: MatchstickEvent) => type) ?? [];
    };
    await until(async () => (await types()).includes('ledger.back'));
    expect(await types()).to.include.members(['service.started', 'ledger.lost', 'ledger.back']);
    service.process.kill('SIGTERM');
    expect(await service.process.exited()).to.equal(0);
    const stopped = service.process
      .output()
      .split('\n')
      .find((line) => line.includes('"type":"service.stopped"'));
    expect(eventSchema.safeParse(withoutLog(JSON.parse(stopped ?? '{}'))).success).to.equal(true);
    expect(await dumpOf(redis)).to.include('service.stopped');
  });
});

/** The event of a line of the log. */
function withoutLog({ level: _level, event: _event, ...event }: Record<string, unknown>): unknown {
  return event;
}
