import { expect } from 'chai';
import { until } from '../faults/support/replication.ts';
import { runService } from '../http/run-service.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { call, mintToken, type ServiceProcess } from '../support/service.ts';
import { CALLERS, PURPOSES, type SignedIn, send, signIn } from './desk.ts';

const ODD = [
  '%00',
  '%0d%0aSet-Cookie:x=1',
  '%E2%80%AE',
  '..%2f..%2fv1',
  '%3Cscript%3E',
  'x'.repeat(6000),
  '%F0%9F%94%A5',
];

describe('the console against somebody who means harm', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  let ops: SignedIn;
  let viewer: SignedIn;

  before(async () => {
    service = await runService(onClose, { purposes: PURPOSES }, CALLERS);
    [ops, viewer] = await Promise.all([signIn(service), signIn(service, 'viewer')]);
  });

  const get = (path: string, cookie = ops.cookie) =>
    call(service, 'GET', path, { as: null, headers: cookie === '' ? {} : { Cookie: cookie } });
  const post = (path: string, form: Record<string, string>, { cookie, formToken } = ops) =>
    send(service, path, { headers: { Cookie: cookie }, form: { form: formToken, ...form } });

  it('shows nothing to anybody who has not signed in, at any path', async () => {
    const jti = 'A'.repeat(52);
    for (const path of [
      ...['', '/activity', '/trouble', '/keys', '/service', `/tokens/${jti}`, `/tokens/${jti}/revoke`],
      ...['/subjects/x', '/subjects/x/revoke', '/requests/x', '/keys/x/revoke'],
    ]) {
      const { status, text, headers } = await get(`/console${path}`, '');
      expect([status, text], path).to.deep.equal([303, '']);
      expect(headers.get('location')).to.match(/^\/console\/sign-in(\?token=[\w-]{52})?$/);
    }
    for (const path of ['search', 'sign-out', 'revoke-token', 'revoke-subject', 'revoke-key'])
      expect(
        (await send(service, `/console/${path}`, { form: { jti, form: ops.formToken } })).status,
      ).to.equal(303);
    const live = await get('/console/live', '');
    expect([live.status, live.json.code]).to.deep.equal([401, 'caller_unknown']);
  });

  it('takes odd paths for what they are: nothing', async () => {
    for (const odd of ODD)
      for (const path of [
        ...[`tokens/${odd}`, `tokens/${odd}/revoke`, `subjects/${odd}`, `subjects/${odd}/revoke`],
        ...[`keys/${odd}/revoke`, `requests/${odd}`, `files/${odd}`, `activity?window=${odd}`],
        ...[`sign-in?token=${odd}`, odd],
      ]) {
        const { status, text, headers } = await get(`/console/${path}`);
        expect(status, path.slice(0, 60)).to.be.oneOf([200, 400, 404]);
        expect(text).to.not.include('<script>').and.not.include('\0');
        expect(headers.get('set-cookie')).to.equal(null);
      }
  });

  it('finds nothing for what is odd, and asks no more of the service than for anything else', async () => {
    for (const q of [
      '',
      ' ',
      '\0',
      '..',
      '//evil.example',
      '\u202e',
      '\ud800',
      'a.b.c',
      `ms_ops_${'A'.repeat(43)}`,
      'x'.repeat(7000),
    ]) {
      const answer = await post('/console/search', { q });
      expect([answer.status, answer.headers.get('location')], q.slice(0, 20)).to.deep.equal([404, null]);
      if (q.length > 8) expect(await answer.text()).to.not.include(q);
    }
    const large = await post('/console/search', { q: 'x'.repeat(20_000) });
    expect(large.status).to.equal(413);
  });

  it('finds a subject that looks like a token', async () => {
    const jti = await inspected(
      await mintToken(service, { purpose: 'file-download', subject: 'john.q.public' }),
    );
    await until(async () => {
      const { json } = await call(service, 'GET', `/v1/events?jti=${jti}`, { as: 'ops' });
      return json.events.length > 0;
    });
    const answer = await post('/console/search', { q: 'john.q.public' });
    expect(answer.headers.get('location')).to.match(/^\/console\/subjects\/[\w-]{22}$/);
    expect((await get(answer.headers.get('location') ?? '')).text).to.include(jti);
  });

  const inspected = async (token: string) =>
    (await call(service, 'POST', '/v1/tokens/inspect', { body: { token } })).json.jti;

  it('lets an operator who only views change nothing, by any route of the product', async () => {
    const token = await mintToken(service, { purpose: 'file-download', subject: 'vic' });
    const jti = await inspected(token);
    const before = (await call(service, 'GET', '/v1/keys', { as: 'ops' })).text;
    const [{ kid }] = JSON.parse(before).keys;
    const { redemptionId } = (
      await call(service, 'POST', '/v1/redemptions', {
        body: {
          token: await mintToken(service, { purpose: 'file-download' }),
          purpose: 'file-download',
          hold: 60,
        },
      })
    ).json;
    const calls: Readonly<Record<string, unknown>> = {
      '/v1/tokens': { purpose: 'file-download', subject: 'vic' },
      '/v1/tokens/batch': { purpose: 'file-download', tokens: [{ subject: 'vic' }] },
      '/v1/tokens/inspect': { token },
      '/v1/redemptions': { token, purpose: 'file-download' },
      '/v1/redemptions/{id}/commit': {},
      '/v1/redemptions/{id}/release': {},
      '/v1/redemptions/{id}/collect': {},
      '/v1/revocations': { jti },
      '/v1/keys/rotate': undefined,
      '/v1/keys/{kid}/revoke': undefined,
      '/v1/events/hash': { subject: 'vic' },
    };
    const { paths } = (await call(service, 'GET', '/openapi.json', { as: null })).json;
    const posts = Object.keys(paths).filter((path) => 'post' in paths[path] && path.startsWith('/v1/'));
    expect(posts.sort()).to.deep.equal(Object.keys(calls).sort());
    for (const [path, body] of Object.entries(calls)) {
      const at = path.replace('{id}', redemptionId).replace('{kid}', kid);
      const { status } = await call(service, 'POST', at, { as: 'viewer', body });
      expect(status, path).to.be.oneOf(path === '/v1/events/hash' ? [200] : [400, 403, 404]);
    }
    for (const [path, form] of Object.entries({
      token: { jti },
      key: { kid },
      subject: { subject: 'vic', hash: 'x' },
    }))
      expect((await post(`/console/revoke-${path}`, form, viewer)).status, path).to.equal(403);
    expect((await call(service, 'GET', '/v1/keys', { as: 'ops' })).text).to.equal(before);
    expect((await call(service, 'GET', `/v1/tokens/${jti}`)).json.state).to.equal('live');
  });

  it('writes neither keys nor cookies nor what was searched for into its log', async () => {
    const key = service.deployment.callerKeys.ops ?? '';
    await post('/console/search', { q: 'nobody-but-me@example.test' });
    await post('/console/search', { q: key });
    await send(service, '/console/sign-in', { form: { key: `${key}x` } });
    const printed = service.process.output();
    for (const secret of [key, ops.cookie.split('=')[1] ?? '', ops.formToken, 'nobody-but-me'])
      expect(printed).to.not.include(secret);
  });
});
