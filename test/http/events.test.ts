import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { until } from '../faults/support/replication.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { call, mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';
import { expectProblem, expectSuccess } from './expect-answer.ts';
import { jsonHeaders, requestOctets, sendRaw } from './raw-http.ts';
import { runService } from './run-service.ts';

const PURPOSES = { reset: { audience: 'app', lifetime: '5m' }, other: { audience: 'app', lifetime: '5m' } };
const RIGHTS = { mint: Object.keys(PURPOSES), redeem: Object.keys(PURPOSES) };
const LIFE_MS = 6000;
const MOST_FOLLOWERS = 32;

interface Following {
  readonly text: () => string;
  readonly hasEnded: () => boolean;
  leave(): void;
}

describe('GET /v1/events', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let service: ServiceProcess;

  before(async () => {
    const callers = { main: RIGHTS, ops: { operator: 'view' } };
    service = await runService(onClose, { purposes: PURPOSES }, callers);
  });

  async function follow(
    { query = '', as = 'ops', at = service, lastEventId = '' } = {},
    status = 200,
  ): Promise<Following> {
    const abort = new AbortController();
    onTestEnd(async () => abort.abort());
    const response = await fetch(`${at.url}/v1/events${query}`, {
      headers: {
        ...{ Accept: 'text/event-stream', Authorization: `Bearer ${at.deployment.callerKeys[as]}` },
        ...(lastEventId === '' ? {} : { 'Last-Event-ID': lastEventId }),
      },
      signal: abort.signal,
    });
    expect(response.status).to.equal(status);
    let text = '';
    let hasEnded = false;
    const read = async () => {
      for await (const piece of response.body ?? []) text += Buffer.from(piece).toString();
    };
    read()
      .catch(() => {})
      .finally(() => {
        hasEnded = true;
      });
    return { text: () => text, hasEnded: () => hasEnded, leave: () => abort.abort() };
  }

  const eventsIn = (text: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => JSON.parse(line.slice(6)));

  it('answers the oldest first, says if there are more, and goes on from there', async () => {
    for (let each = 0; each < 5; each++) await mintToken(service, { purpose: 'reset' });
    await until(async () => {
      const { json } = await call(service, 'GET', '/v1/events?type=token.minted', { as: 'ops' });
      return json.events.length === 5;
    });
    const last = expectSuccess(
      await call(service, 'GET', '/v1/events?type=token.minted&limit=3', { as: 'ops' }),
      200,
    );
    expect(last).to.have.all.keys('events', 'more', 'next', 'keptSince').and.include({ more: true });
    const rest = await call(service, 'GET', `/v1/events?type=token.minted&after=${last.next}`, { as: 'ops' });
    expect(rest.json.events).to.have.length(2);
    expect(rest.json).to.include({ more: false });
  });

  it('is for operators, and names every wrong parameter with the one that was probably meant', async () => {
    expectProblem(await call(service, 'GET', '/v1/events', { as: 'main' }), 'caller_forbidden', {
      detail: /operators/,
    });
    const answer = await call(service, 'GET', '/v1/events?purpos=reset&limit=0&outcome=no', { as: 'ops' });
    const problems = answer.json.errors.map(({ path, message }: { path: string; message: string }) => [
      path,
      message,
    ]);
    expect(problems.map(([path]: [string]) => path)).to.have.members(['purpos', 'limit', 'outcome']);
    expect(JSON.stringify(problems)).to.include('did you mean purpose?').and.include('from 1 to 1000');
  });

  it('follows what matches and nothing else, in the form that an EventSource reads', async () => {
    const { text } = await follow({ query: '?type=token.minted,token.redeemed&purpose=other&subject=ada' });
    await mintToken(service, { purpose: 'reset', subject: 'ada' });
    await mintToken(service, { purpose: 'other', subject: 'bob' });
    await redeemToken(service, await mintToken(service, { purpose: 'other', subject: 'ada' }), {
      purpose: 'other',
    });
    await until(async () => text().includes('event: token.redeemed'));
    const [first, ...blocks] = text().split('\n\n').slice(0, -1);
    const { next } = (await call(service, 'GET', '/v1/events?before=now&limit=1000', { as: 'ops' })).json;
    const [, start] = /^: matchstick events\nid: (\S+)$/.exec(first ?? '') ?? [];
    const since = (await call(service, 'GET', `/v1/events?after=${start}`, { as: 'ops' })).json;
    expect(since.events).to.have.length.of.at.least(4).and.not.include({ id: start });
    expect(since.next).to.equal(next);
    expect(blocks).to.have.length(2);
    for (const block of blocks) {
      const [, id, type, data = ''] = /^id: (\S+)\nevent: (\S+)\ndata: (.+)$/.exec(block) ?? [];
      expect(JSON.parse(data)).to.include({ id, type });
    }
  });

  it('are followed by who asks for it, in any spelling, and not by who refuses it', async () => {
    for (const [accept, type] of [
      ['TEXT/EVENT-STREAM', 'text/event-stream'],
      ['application/json, text/event-stream;q=0.5', 'text/event-stream'],
      ['application/json, text/event-stream;q=0', 'application/json'],
      ['text/event-stream; q=0.000, */*', 'application/json'],
      ['text/event-streams', 'application/json'],
    ] as const) {
      const answer = await call(service, 'HEAD', '/v1/events', { as: 'ops', headers: { Accept: accept } });
      expect(answer.headers.get('content-type'), accept).to.equal(type);
    }
  });

  it('calls no second use what a caller asks of its own', async () => {
    const { json: held } = await call(service, 'POST', '/v1/redemptions', {
      body: { token: await mintToken(service, { purpose: 'reset' }), purpose: 'reset', hold: 60 },
    });
    const settle = (how: string) => call(service, 'POST', `/v1/redemptions/${held.redemptionId}/${how}`);
    const { redeemedAt } = expectSuccess(await settle('commit'), 200);
    expectProblem(await settle('release'), 'token_burned', { redeemedAt });
    const path = `/v1/events?jti=${held.jti}&type=token.refused`;
    const refusals = async () => (await call(service, 'GET', path, { as: 'ops' })).json.events;
    await until(async () => (await refusals()).length > 0);
    const [refusal] = await refusals();
    expect(refusal).to.include({ code: 'token_burned' });
    expect(refusal).to.not.have.property('secondUse');
  });

  it('names the trace of a request, and none where its header names none', async () => {
    const traced = async (traceparent: string) => {
      const requestId = `traced-${traceparent.length}-${traceparent.slice(0, 8)}`;
      const body = { token: 'a.b.c', purpose: 'reset' };
      const headers = { traceparent, 'X-Request-Id': requestId };
      await call(service, 'POST', '/v1/redemptions', { body, headers });
      const path = `/v1/events?requestId=${requestId}`;
      const found = async () => (await call(service, 'GET', path, { as: 'ops' })).json.events;
      await until(async () => (await found()).length > 0);
      return (await found())[0]?.traceId;
    };
    const id = '4bf92f3577b34da6a3ce929d0e0e4736';
    expect(await traced(`00-${id}-00f067aa0ba902b7-01`)).to.equal(id);
    expect(await traced(`01-${id}-00f067aa0ba902b7-01-more`)).to.equal(id);
    // W3C Trace Context section 3.2.2.3: all zeros is no id.
    expect(await traced(`02-${'0'.repeat(32)}-00f067aa0ba902b7-01`)).to.equal(undefined);
    expect(await traced(`03-${id}-00f067aa`)).to.equal(undefined);
  });

  it('goes on after the event that a follower has seen, and says so if that is not kept', async () => {
    const all = (await call(service, 'GET', '/v1/events', { as: 'ops' })).json.events;
    const [second, third] = [all.at(-2), all.at(-1)];
    const again = await follow({ lastEventId: second.id });
    await until(async () => eventsIn(again.text()).length === 1);
    expect(eventsIn(again.text())).to.deep.equal([third]);
    const lost = await follow({ lastEventId: 'never-heard-of' });
    await until(async () => eventsIn(lost.text()).length > all.length);
    expect(lost.text()).to.match(/^: matchstick events\n\nevent: gap\ndata: \{\}\n\nid: /);
    expect(eventsIn(lost.text()).slice(1)).to.deep.equal(all);
    const fresh = await follow({ lastEventId: '' });
    await until(async () => fresh.text() !== '');
    expect(fresh.text()).to.not.include('gap');
  });

  it('lets so many follow at once, and the next one when one has gone', async () => {
    const followers = await Promise.all(Array.from({ length: MOST_FOLLOWERS }, () => follow()));
    await until(async () => followers.every(({ text }) => text() !== ''));
    const headers = { Accept: 'text/event-stream' };
    const refused = await call(service, 'GET', '/v1/events', { as: 'ops', headers });
    expectProblem(refused, 'rate_limited', { detail: /^32 clients follow/ });
    followers[0]?.leave();
    await until(async () => {
      const next = await call(service, 'HEAD', '/v1/events', { as: 'ops', headers });
      return next.status === 200;
    });
    await follow();
    await mintToken(service, { purpose: 'reset' });
    await until(async () => followers.slice(1).every(({ text }) => text().includes('token.minted')));
    expect(service.process.output()).to.not.match(/warning/i);
  });

  it('answers the head alone of what could be followed, on a connection that goes on', async () => {
    const headers = { Accept: 'text/event-stream', Connection: 'keep-alive' };
    for (let each = 0; each < 3; each++) {
      const head = await call(service, 'HEAD', '/v1/events', { as: 'ops', headers });
      expect([head.status, head.text]).to.deep.equal([200, '']);
      expect(head.headers.get('content-type')).to.equal('text/event-stream');
    }
  });

  it('ends for a follower who says that it sends no more, at once or later', async () => {
    const headers = [...jsonHeaders(service, 'ops'), 'Accept: text/event-stream'];
    const octets = requestOctets({ method: 'GET', path: '/v1/events', headers, connection: 'keep-alive' });
    const { status, closed } = await sendRaw(service, octets, { hangUp: true, patienceMs: 3000 });
    expect(status).to.equal(200);
    expect(closed).to.equal(true);
    const { hostname, port } = new URL(service.url);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    socket.write(octets);
    await once(socket, 'data');
    socket.end();
    socket.resume();
    await once(socket, 'end');
  });

  it('ends for a follower whose key expires, and for all when the service is told to stop', async () => {
    const expires = new Date(Date.now() + LIFE_MS);
    const own = await runService(
      onClose,
      { purposes: PURPOSES, listen: { port: 0, drainDelay: '5s' } },
      { ops: { operator: 'view' }, brief: { operator: 'view', expires: expires.toISOString() } },
    );
    const [brief, lasting] = [await follow({ as: 'brief', at: own }), await follow({ at: own })];
    await until(async () => brief.hasEnded());
    expect(Date.now()).to.be.at.least(expires.getTime());
    expect(lasting.hasEnded()).to.equal(false);
    own.process.kill('SIGTERM');
    await until(async () => lasting.hasEnded());
    expect((await call(own, 'GET', '/healthz')).status, 'serves on').to.equal(200);
    expect(await own.process.exited()).to.equal(0);
  });
});
