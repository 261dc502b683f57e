import { expect } from 'chai';
import { until } from '../faults/support/replication.ts';
import { runService } from '../http/run-service.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { call, mintToken, type ServiceProcess, startService } from '../support/service.ts';
import { CALLERS, PURPOSES, type SignedIn, send, signIn } from './desk.ts';

const JTI = /^\/console\/tokens\/[\w-]{52}$/;

describe('the console over HTTP', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  let ops: SignedIn;
  let viewer: SignedIn;

  before(async () => {
    service = await runService(
      onClose,
      { purposes: PURPOSES, limits: { caller: { count: 30, per: '1h' } } },
      CALLERS,
    );
    [ops, viewer] = await Promise.all([signIn(service), signIn(service, 'viewer')]);
  });

  const get = (path: string, cookie = ops.cookie) =>
    call(service, 'GET', path, { as: null, headers: cookie === '' ? {} : { Cookie: cookie } });
  const post = (path: string, form: Record<string, string>, { cookie, formToken } = ops, headers = {}) =>
    send(service, path, { headers: { Cookie: cookie, ...headers }, form: { form: formToken, ...form } });
  const jtiOf = async (token: string) =>
    (await call(service, 'POST', '/v1/tokens/inspect', { body: { token } })).json.jti;
  const stateOf = async (jti: string) => (await call(service, 'GET', `/v1/tokens/${jti}`)).json.state;

  it('gives a cookie that only this host gets, only over TLS, only from its own pages, and no script', async () => {
    const answer = await send(service, '/console/sign-in', {
      form: { key: service.deployment.callerKeys.ops ?? '' },
    });
    expect(answer.status).to.equal(303);
    expect(answer.headers.get('location')).to.equal('/console');
    expect(answer.headers.get('set-cookie')).to.match(
      /^__Host-matchstick-console=[\w.-]+; Max-Age=28800; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
    );
  });

  it('lets nobody in who is no operator, has no key, or whose cookie was tampered with', async () => {
    for (const key of [
      '',
      'nonsense',
      `ms_ops_${'A'.repeat(43)}`,
      service.deployment.callerKeys.main ?? '',
    ]) {
      const answer = await send(service, '/console/sign-in', { form: { key } });
      expect(answer.status).to.equal(403);
      expect(answer.headers.get('set-cookie')).to.equal(null);
    }
    const last = ops.cookie.at(-2) === 'A' ? 'B' : 'A';
    const cookies = [
      '',
      `${ops.cookie.slice(0, -2)}${last}${ops.cookie.slice(-1)}`,
      `${ops.cookie}; ${ops.cookie}`,
      '__Host-matchstick-console=x',
    ];
    for (const cookie of cookies) {
      const answer = await get('/console', cookie);
      expect([answer.status, answer.headers.get('location')], cookie).to.deep.equal([
        303,
        '/console/sign-in',
      ]);
    }
  });

  it('names who tried to sign in without being an operator', async () => {
    const key = service.deployment.callerKeys.main ?? '';
    await send(service, '/console/sign-in', { form: { key } });
    await until(async () =>
      (await get('/console/trouble')).text.includes('The application main was turned away'),
    );
  });

  it('leads back to the token of a ticket after signing in, and nowhere else', async () => {
    const jti = await jtiOf(await mintToken(service, { purpose: 'file-download' }));
    expect((await get(`/console/tokens/${jti}`, '')).headers.get('location')).to.equal(
      `/console/sign-in?token=${jti}`,
    );
    const key = service.deployment.callerKeys.ops ?? '';
    for (const [then, to] of [
      [jti, `/console/tokens/${jti}`],
      ['//evil.example', '/console'],
      ['https://evil.example', '/console'],
      ['../../x', '/console'],
    ] as const) {
      const answer = await send(service, '/console/sign-in', { form: { key, then } });
      expect(answer.headers.get('location')).to.equal(to);
    }
  });

  it('does nothing for a form that was not sent from its own page', async () => {
    const jti = await jtiOf(await mintToken(service, { purpose: 'file-download' }));
    const foreign = [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: service.url, 'Sec-Fetch-Site': 'cross-site' },
      { Origin: service.url, 'Sec-Fetch-Site': 'same-site' },
    ];
    for (const headers of foreign) {
      expect((await post('/console/revoke-token', { jti }, ops, headers)).status).to.equal(403);
      expect(
        (
          await send(service, '/console/sign-in', {
            headers,
            form: { key: service.deployment.callerKeys.ops ?? '' },
          })
        ).headers.get('set-cookie'),
      ).to.equal(null);
    }
    for (const formToken of ['', 'x', viewer.formToken]) {
      expect((await post('/console/revoke-token', { jti }, { ...ops, formToken })).status).to.equal(403);
    }
    expect(await stateOf(jti)).to.equal('live');
    expect((await post('/console/revoke-token', { jti })).status).to.equal(303);
    expect(await stateOf(jti)).to.equal('revoked');
  });

  it('lets an operator who only views change nothing, by any route', async () => {
    const jti = await jtiOf(await mintToken(service, { purpose: 'file-download', subject: 'vera' }));
    const [{ kid }] = (await call(service, 'GET', '/v1/keys', { as: 'ops' })).json.keys;
    const hash = await subjectPage('vera');
    const forms = {
      '/console/revoke-token': { jti },
      '/console/revoke-key': { kid },
      '/console/revoke-subject': { subject: 'vera', hash },
    };
    for (const [path, form] of Object.entries(forms))
      expect((await post(path, form, viewer)).status, path).to.equal(403);
    for (const path of [`tokens/${jti}/revoke`, `subjects/${hash}/revoke`, `keys/${kid}/revoke`]) {
      expect((await get(`/console/${path}`, viewer.cookie)).status, path).to.equal(403);
      expect((await get(`/console/${path}`)).status, path).to.equal(200);
    }
    for (const page of [`tokens/${jti}`, `subjects/${hash}`, 'keys']) {
      const { text } = await get(`/console/${page}`, viewer.cookie);
      expect(text, page).to.include('may look').and.not.include('/revoke');
    }
    expect(await stateOf(jti)).to.equal('live');
  });

  async function subjectPage(subject: string): Promise<string> {
    let location = '';
    await until(async () => {
      location = (await post('/console/search', { q: subject })).headers.get('location') ?? '';
      return location !== '';
    });
    return location.split('/').at(-1) ?? '';
  }

  it('revokes everything of a subject that is typed again, and nothing of another', async () => {
    const token = await mintToken(service, { purpose: 'file-download', subject: 'sue' });
    const hash = await subjectPage('sue');
    expect(hash).to.match(/^[\w-]{22}$/);
    expect((await post('/console/revoke-subject', { subject: 'ada', hash })).status).to.equal(400);
    const live = await call(service, 'POST', '/v1/tokens/inspect', { body: { token } });
    expect(live.json.state).to.equal('live');
    expect((await post('/console/revoke-subject', { subject: 'sue', hash })).status).to.equal(303);
    const jti = live.json.jti;
    await until(async () =>
      (await get(`/console/tokens/${jti}`)).text.includes(
        'The operator ops revoked every token of the subject',
      ),
    );
  });

  it('finds a token by all that a person can have, and puts no token into an address', async () => {
    const minted = (
      await call(service, 'POST', '/v1/tokens', {
        body: { purpose: 'password-reset', subject: 'kim', link: true },
      })
    ).json;
    const redeemed = await call(service, 'POST', '/v1/redemptions', {
      body: { token: await mintToken(service, { purpose: 'file-download' }), purpose: 'file-download' },
    });
    const reference = minted.url.slice(-22);
    for (const q of [
      minted.token,
      minted.jti,
      minted.url,
      reference,
      ` ${minted.token}\n`,
      redeemed.json.redemptionId,
    ]) {
      const answer = await post('/console/search', { q });
      expect(answer.status).to.equal(303);
      expect(answer.headers.get('location')).to.match(JTI);
    }
    const requestId = redeemed.headers.get('x-request-id') ?? '';
    await until(
      async () =>
        (await post('/console/search', { q: requestId })).headers.get('location') ===
        `/console/requests/${requestId}`,
    );
    const nothing = await post('/console/search', { q: `${minted.token}x` });
    expect(nothing.status).to.equal(404);
    expect(await nothing.text()).to.not.include(minted.token.slice(0, 40));
    expect(service.process.output()).to.not.include(minted.token).and.not.include(reference);
  });

  it('keeps every page out of caches and frames, and lets no resource in from elsewhere', async () => {
    for (const path of ['', '/events', '/activity', '/trouble', '/keys', '/service', '/sign-in']) {
      const { status, headers } = await get(`/console${path}`);
      expect(status, path).to.equal(200);
      expect(headers.get('cache-control')).to.equal('no-store');
      expect(headers.get('x-frame-options')).to.equal('DENY');
      expect(headers.get('content-security-policy')).to.equal(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
    }
  });

  it('shows what a request can put into an event as text', async () => {
    const agent = '<script>alert(1)</script>"\'><img src=x onerror=alert(2)>';
    const subject = '<b onclick=alert(3)>"x"';
    const { json } = await call(service, 'POST', '/v1/tokens', {
      body: { purpose: 'file-download', subject },
      headers: { 'User-Agent': agent },
    });
    await call(service, 'POST', '/v1/redemptions', {
      body: { token: 'x', purpose: '<i>p</i>' },
      headers: { 'User-Agent': agent },
    });
    await until(async () => (await get(`/console/tokens/${json.jti}`)).text.includes('&lt;script&gt;'));
    const views = ['', '/events', '/events?purpose=%22%3E%3Ci%3E', '/trouble', '/activity'].map(
      (view) => `/console${view}`,
    );
    for (const path of [`/console/tokens/${json.jti}`, ...views]) {
      expect((await get(path)).text).to.not.match(/<script>|<img|<b |<i>|onerror="/);
    }
    expect((await get('/console/requests/%3Cscript%3E')).text).to.not.include('<script>');
  });

  it('lists what happened by type, outcome and purpose, page by page, and takes nonsense for nothing', async () => {
    for (let minted = 0; minted < 55; minted++) await mintToken(service, { purpose: 'file-download' });
    const idsOf = (text: string) => [...text.matchAll(/<a class="" href="\/console\/tokens\/([\w-]{52})"/g)];
    const minted = '/console/events?type=token.minted&outcome=ok&purpose=file-download';
    await until(async () => idsOf((await get(minted)).text).length === 50);
    const { text } = await get(minted);
    expect(text).to.include('<option value="token.minted" selected>').and.not.include('>Newest<');
    const [, older = ''] = /href="([^"]+)">Older</.exec(text) ?? [];
    const next = (await get(older.replaceAll('&amp;', '&'))).text;
    expect(next).to.include('>Newest<').and.include('value="file-download"');
    const followed = [(await get('/console/events')).text, text, next].map(
      (page) => /data-follows="([^"]*)"/.exec(page)?.[1],
    );
    expect(followed[0]).to.match(/^\/console\/live\?after=[\w-]+$/);
    expect(followed.slice(1)).to.deep.equal(['/console/live', '']);
    const seen = idsOf(text + next).map(([, jti]) => jti);
    expect(seen.length).to.be.at.least(55);
    expect(new Set(seen).size).to.equal(seen.length);
    expect((await get('/console/events?type=key.retired')).text).to.include('No events are kept');
    expect((await get('/console/events?type=console.signed-in')).text).to.include('signed in to the console');
    for (const odd of ['type=x', 'outcome=%00', 'purpose=a+b', 'before=%22', 'type=&outcome=&purpose='])
      expect((await get(`/console/events?${odd}`)).status, odd).to.equal(200);
  });

  it('writes who signed in, and who looked at which token', async () => {
    const jti = await jtiOf(await mintToken(service, { purpose: 'file-download' }));
    await get(`/console/tokens/${jti}`, viewer.cookie);
    await until(async () => {
      const { events } = (
        await call(service, 'GET', `/v1/events?type=console.viewed&jti=${jti}`, { as: 'ops' })
      ).json;
      return events.length === 1 && events[0].actor.kind === 'operator' && events[0].actor.id === 'viewer';
    });
    const { events } = (await call(service, 'GET', '/v1/events?type=console.signed-in', { as: 'ops' })).json;
    expect(events.map(({ actor }: { actor: { id: string } }) => actor.id)).to.include.members([
      'ops',
      'viewer',
    ]);
  });

  it('knows a session at every process of the same keys', async () => {
    const twin = await startService(service.deployment);
    onClose(twin.close);
    const { status } = await call(twin, 'GET', '/console', { as: null, headers: { Cookie: ops.cookie } });
    expect(status).to.equal(200);
  });

  it('lets nobody guess keys without end', async () => {
    let status = 0;
    for (let tries = 0; tries < 40 && status !== 429; tries++) {
      status = (await send(service, '/console/sign-in', { form: { key: `ms_ops_${'A'.repeat(43)}` } }))
        .status;
    }
    expect(status).to.equal(429);
  });
});
