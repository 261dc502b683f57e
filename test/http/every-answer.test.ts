import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { call, mintToken, type ServiceProcess } from '../support/service.ts';
import { expectCommonHeaders, expectProblem } from './expect-answer.ts';
import { type RawAnswer, requestOctets, sendRaw } from './raw-http.ts';
import { runService } from './run-service.ts';

const PATHS = {
  '/v1/tokens': ['POST'],
  '/v1/tokens/batch': ['POST'],
  '/v1/redemptions': ['POST'],
  '/v1/redemptions/some-id/collect': ['POST'],
  '/v1/purposes': ['GET', 'HEAD'],
  '/v1/tokens/inspect': ['POST'],
  '/v1/s3/urls': ['POST'],
  '/v1/tokens/some-jti': ['GET', 'HEAD'],
  '/.well-known/jwks.json': ['GET', 'HEAD'],
  '/healthz': ['GET', 'HEAD'],
  '/readyz': ['GET', 'HEAD'],
} as const;

/** Those that reach `/v1/tokens/:jti` as well. */
const ALSO_A_JTI = ['/v1/tokens/batch', '/v1/tokens/inspect'];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'PURGE', 'M-SEARCH'];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('every answer', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;

  before(async () => {
    service = await runService(onClose);
  });

  const raw = (method: string, path: string, headers: readonly string[] = []): Promise<RawAnswer> =>
    sendRaw(service, requestOctets({ method, path, headers }));

  it('carries the security headers, whatever was asked and whatever came of it', async () => {
    const asked: readonly (readonly [status: number, method: string, path: string, body?: unknown])[] = [
      [200, 'GET', '/healthz'],
      [200, 'GET', '/readyz'],
      [201, 'POST', '/v1/tokens', { purpose: 'password-reset', subject: 'u' }],
      [201, 'POST', '/v1/tokens/batch', { tokens: [{ purpose: 'password-reset', subject: 'u' }] }],
      [200, 'POST', '/v1/redemptions', { token: await mintToken(service), purpose: 'password-reset' }],
      [200, 'POST', '/v1/tokens/inspect', { token: 'x' }],
      [404, 'GET', '/v1/tokens/x'],
      [404, 'GET', '/'],
      [404, 'GET', '/v1'],
      [405, 'DELETE', '/v1/tokens'],
      [400, 'POST', '/v1/tokens', '{'],
      [400, 'GET', '/v1/tokens/%ff'],
      [413, 'POST', '/v1/tokens', 'x'.repeat(20_000)],
      [204, 'OPTIONS', '/v1/tokens'],
    ];
    for (const [status, method, path, body] of asked) {
      const answer = await call(service, method, path, { body });
      expect(answer.status, `${method} ${path}`).to.equal(status);
      expectCommonHeaders(answer);
    }
    const jwks = await call(service, 'GET', '/.well-known/jwks.json');
    expectCommonHeaders(jwks, 'public, max-age=300');
  });

  it('takes over a well-formed request id, also when it refuses', async () => {
    for (const id of ['a', 'A-1_b.c:d', '0'.repeat(128), '7b1c6b2e-3c5d-4f0a-9d59-1c3b4c8f9c1e']) {
      for (const path of ['/healthz', '/nowhere', '/v1/tokens/x']) {
        const answer = await raw('GET', path, [`X-Request-Id: ${id}`]);
        expect(answer.headers.get('x-request-id')).to.equal(id);
      }
    }
  });

  it('replaces a request id that is not well-formed, or that came twice, by one of its own', async () => {
    const ids = [
      '',
      'a b',
      '0'.repeat(129),
      'a"b',
      '<script>',
      '{}',
      'a,b',
      '\x1b[31m',
      'caf\xe9',
      '%0d%0a',
      '*',
    ];
    for (const id of ids) {
      const answer = await raw('GET', '/healthz', [`X-Request-Id: ${id}`]);
      if (answer.status === 200) expect(answer.headers.get('x-request-id'), id).to.match(UUID);
      else expect(answer.json.code).to.equal('request_invalid');
    }
    for (const secret of [
      `ms_main_${'k'.repeat(43)}`,
      `a:${'eyJhbGciOiJFUzI1NiJ9'}.eyJhIjoxfQ.${'s'.repeat(60)}`,
    ]) {
      const answer = await raw('GET', '/healthz', [`X-Request-Id: ${secret}`]);
      expect(answer.headers.get('x-request-id'), 'it would be in the log and in events').to.match(UUID);
    }
    const twice = await raw('GET', '/healthz', ['X-Request-Id: a', 'X-Request-Id: b']);
    expect(twice.headers.get('x-request-id')).to.match(UUID);
  });

  it('has a request id of its own when none was given', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => raw('GET', '/healthz')));
    const ids = answers.map(({ headers }) => String(headers.get('x-request-id')));
    for (const id of ids) expect(id).to.match(UUID);
    expect(new Set(ids).size).to.equal(20);
  });

  for (const [path, methods] of Object.entries(PATHS)) {
    it(`says which methods there are at ${path}`, async () => {
      const options = await call(service, 'OPTIONS', path, { as: null });
      expect([options.status, options.text]).to.deep.equal([204, '']);
      expect(options.headers.get('allow')).to.equal(methods.join(', '));
      expectCommonHeaders(options);
      for (const method of METHODS) {
        const answer = await raw(method, path);
        const reachesJti = ALSO_A_JTI.includes(path) && ['GET', 'HEAD'].includes(method);
        if (methods.some((allowed) => allowed === method) || reachesJti) {
          expect(answer.status, method).to.not.equal(405);
          continue;
        }
        expect(answer.status, method).to.equal(405);
        expect(answer.headers.get('allow')).to.equal(methods.join(', '));
        if (method === 'HEAD') expect(answer.text).to.equal('');
        else {
          expectProblem(answer, 'method_not_allowed', { detail: new RegExp(methods.join(' or ')) });
        }
      }
    });
  }

  it('is not turned into that of another method by a header or a field', async () => {
    const headers = ['X-HTTP-Method-Override: GET', 'X-HTTP-Method: GET', 'X-Method-Override: GET'];
    expect((await raw('POST', '/healthz?_method=GET', headers)).status).to.equal(405);
  });

  it('to HEAD is that to GET without its body', async () => {
    const jti = (
      await call(service, 'POST', '/v1/tokens', { body: { purpose: 'password-reset', subject: 'u' } })
    ).json.jti;
    const key = `Authorization: Bearer ${service.deployment.callerKeys.main}`;
    const changing = ['x-request-id', 'date'];
    for (const path of [
      `/v1/tokens/${jti}`,
      '/v1/tokens/x',
      '/.well-known/jwks.json',
      '/healthz',
      '/readyz',
    ]) {
      const [get, head] = [await raw('GET', path, [key]), await raw('HEAD', path, [key])];
      expect(head.text).to.equal('');
      expect(head.status).to.equal(get.status);
      const kept = ({ headers }: RawAnswer) => [...headers].filter(([name]) => !changing.includes(name));
      expect(kept(head)).to.deep.equal(kept(get));
    }
  });

  for (const path of [
    '/',
    '//',
    '/v1',
    '/v1/',
    '/v1/tokens/',
    '/v1/tokens/batch/',
    '/v1/tokens/a/b',
    '/v1/Tokens',
    '/V1/tokens',
    '/v1//tokens',
    '/v1/./tokens',
    '/v1/x/../tokens',
    '/v1/tokens%2Fbatch',
    '/v1/%74okens',
    '/v1/tokens;x=1',
    '/v1/redemption',
    '/healthz/',
    '/Healthz',
    '/HEALTHZ',
    '/healthz%00',
    '/healthz.json',
    '/readyz/',
    '/.well-known/JWKS.json',
    '/.well-known/jwks.json/',
    '/.well-known',
    '/__proto__',
    '/constructor',
    '/%ff',
    '*',
    `/${'a'.repeat(10_000)}`,
  ]) {
    it(`is 404 for every method at ${path.slice(0, 40)}`, async () => {
      for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS', 'PROPFIND']) {
        expectProblem(await raw(method, path), 'not_found', { detail: /path/ });
      }
    });
  }

  it('refuses a query string on every call that needs a caller, and only there', async () => {
    const token = await mintToken(service);
    for (const [method, path, body] of [
      ['POST', '/v1/tokens', { purpose: 'password-reset', subject: 'u' }],
      ['POST', '/v1/tokens/batch', { tokens: [{ purpose: 'password-reset', subject: 'u' }] }],
      ['POST', '/v1/redemptions', { token, purpose: 'password-reset' }],
      ['POST', '/v1/tokens/inspect', { token }],
      ['GET', '/v1/tokens/x', undefined],
      ['GET', '/v1/purposes', undefined],
      ['POST', '/v1/redemptions/x/collect', undefined],
    ] as const) {
      for (const query of ['?x', '?=', '?token=a&token=b', `?token=${token}`, '?x#y?', '??']) {
        const answer = await call(service, method, `${path}${query}`, { body });
        expectProblem(answer, 'request_invalid', {
          detail: /query string/,
        });
        expect(answer.text).to.not.include(token);
      }
      expectProblem(await call(service, method, `${path}?x`, { body, as: null }), 'caller_unknown');
    }
    for (const path of ['/healthz', '/readyz', '/.well-known/jwks.json']) {
      expect((await call(service, 'GET', `${path}?probe=1&probe=2`)).status).to.equal(200);
    }
  });

  it('is the same whatever Host, Origin and forwarding headers say', async () => {
    const headers = [
      'Origin: https://evil.example',
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-Proto: https',
      'X-Forwarded-For: 203.0.113.9',
      'Forwarded: host=evil.example',
      'Access-Control-Request-Method: POST',
      'If-None-Match: *',
      'Range: bytes=0-3',
      'Accept: text/html',
    ];
    for (const path of ['/healthz', '/.well-known/jwks.json', '/nowhere']) {
      const [plain, dressed] = [await raw('GET', path), await raw('GET', path, headers)];
      expect([dressed.status, dressed.text]).to.deep.equal([plain.status, plain.text]);
      expect(JSON.stringify([...dressed.headers])).to.not.include('evil');
      expect(dressed.headers.get('access-control-allow-origin')).to.equal(null);
    }
  });
});
