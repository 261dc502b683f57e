import { connect } from 'node:net';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { call, mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';
import { expectProblem } from './expect-answer.ts';
import { jsonHeaders, type RawAnswer, requestOctets, sendRaw } from './raw-http.ts';
import { runService } from './run-service.ts';

describe('a request that HTTP does not allow', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;

  before(async () => {
    service = await runService(onClose);
  });

  afterEach('the service still serves', async () => {
    expect((await call(service, 'GET', '/healthz')).status).to.equal(200);
  });

  /** All that such an answer must be, whether or not it carries a request id. */
  function expectRefused(answer: RawAnswer, status: number, code: string): void {
    expect(answer.status, answer.everything).to.equal(status);
    expect(answer.headers.get('content-type')).to.equal('application/problem+json');
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    expect(answer.headers.get('x-content-type-options')).to.equal('nosniff');
    expect(answer.headers.get('connection')).to.equal('close');
    expect(answer.json).to.include({ type: `urn:matchstick:problem:${code}`, status, code });
    const members = ['type', 'title', 'status', 'detail', 'code'];
    expect(answer.json).to.have.all.keys(...members, ...(status === 400 ? ['errors'] : []));
  }

  const head = 'GET /healthz HTTP/1.1\r\nHost: service\r\nConnection: close\r\n';

  for (const [what, octets] of [
    ['noise', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    ['words', 'hello there\r\n\r\n'],
    ['a method that does not exist', 'BREW /healthz HTTP/1.1\r\nHost: service\r\n\r\n'],
    ['a method in lower case', 'get /healthz HTTP/1.1\r\nHost: service\r\n\r\n'],
    ['a version that does not exist', 'GET /healthz HTTP/9.9\r\nHost: service\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a blank in the path', 'GET /health z HTTP/1.1\r\nHost: service\r\n\r\n'],
    ['a raw octet above 127 in the path', Buffer.from('GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n', 'latin1')],
    ['lines that end in LF only', 'GET /healthz HTTP/1.1\nHost: service\n\n'],
    ['a header without a colon', `${head}Nonsense\r\n\r\n`],
    ['a blank before the colon', `${head}X-A : b\r\n\r\n`],
    ['a header that goes on in the next line', `${head}X-A: b\r\n c\r\n\r\n`],
    ['a NUL in a header', `${head}X-A: b\0c\r\n\r\n`],
    ['a lone CR in a header', `${head}X-A: b\rc\r\n\r\n`],
    ['two Content-Lengths', `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ['a negative Content-Length', `${head}Content-Length: -1\r\n\r\n`],
    ['a Content-Length in hexadecimal', `${head}Content-Length: 0x2\r\n\r\n{}`],
    ['a length and chunks', `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ] as const) {
    it(`is answered 400: ${what}`, async () => {
      expectRefused(await sendRaw(service, octets), 400, 'request_invalid');
    });
  }

  for (const [what, header, body] of [
    ['an encoding that does not end in chunks', 'Transfer-Encoding: gzip', '0\r\n\r\n'],
    ['chunks without a size', 'Transfer-Encoding: chunked', 'zz\r\nhello\r\n'],
    ['a chunk that is longer than its size', 'Transfer-Encoding: chunked', '1\r\n{}\r\n0\r\n\r\n'],
  ] as const) {
    it(`is answered 400: a body in ${what}`, async () => {
      const headers = [...jsonHeaders(service), header];
      const answer = await sendRaw(service, requestOctets({ headers, body, contentLength: null }));
      expectRefused(answer, 400, 'request_invalid');
    });
  }

  it('is answered 400: no Host', async () => {
    const octets = 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n';
    expectRefused(await sendRaw(service, octets), 400, 'request_invalid');
  });

  it('may lack a Host in HTTP/1.0, which knew none', async () => {
    const answer = await sendRaw(service, 'GET /healthz HTTP/1.0\r\n\r\n');
    expect([answer.status, answer.json]).to.deep.equal([200, { status: 'alive' }]);
  });

  it('is answered 400: two Hosts', async () => {
    expectRefused(await sendRaw(service, `${head}Host: other\r\n\r\n`), 400, 'request_invalid');
  });

  it('is answered 400 when it stops in the middle of its headers', async () => {
    const answer = await sendRaw(service, 'POST /v1/redemptions HTTP/1.1\r\nHo', { hangUp: true });
    expectRefused(answer, 400, 'request_invalid');
  });

  for (const [what, octets] of [
    ['one header of 17,000 octets', `${head}X-A: ${'a'.repeat(17_000)}\r\n\r\n`],
    ['5,000 headers', `${head}${'X-A: b\r\n'.repeat(5000)}\r\n`],
    ['a path of 17,000 octets', `GET /${'a'.repeat(17_000)} HTTP/1.1\r\nHost: service\r\n\r\n`],
  ] as const) {
    it(`is answered 413: ${what}`, async () => {
      expectRefused(await sendRaw(service, octets), 413, 'request_too_large');
    });
  }

  it('is answered 413 when its headers do not end for 5 MB', async () => {
    for (let round = 0; round < 5; round++) {
      const answer = await sendRaw(service, `${head}${'X-A: b\r\n'.repeat(600_000)}\r\n`);
      expectRefused(answer, 413, 'request_too_large');
    }
  });

  it('is answered 405 when it wants a tunnel', async () => {
    const answer = await sendRaw(service, 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n');
    expect(answer.status, answer.everything).to.equal(405);
  });

  it('is answered as if it wanted nothing special when it wants to upgrade', async () => {
    const upgrade = head.replace('close', 'Upgrade, close');
    const answer = await sendRaw(service, `${upgrade}Upgrade: websocket\r\n\r\n`);
    expect([answer.status, answer.json]).to.deep.equal([200, { status: 'alive' }]);
  });

  it('is answered with a problem when it expects what nobody offers', async () => {
    const answer = await sendRaw(service, `${head}Expect: tea\r\n\r\n`);
    expect(answer.status, answer.everything).to.be.oneOf([200, 400, 417]);
    expect(answer.headers.get('content-type'), answer.everything).to.match(/^application\/(problem\+)?json$/);
    expect(answer.headers.get('cache-control')).to.equal('no-store');
  });

  it('is asked for its body when it waits for that, unless it is refused already', async () => {
    const expecting = (headers: readonly string[], length: number, body = '') =>
      sendRaw(
        service,
        Buffer.concat([
          requestOctets({
            path: '/v1/tokens',
            headers: [...headers, 'Expect: 100-continue'],
            contentLength: length,
          }),
          Buffer.from(body),
        ]),
      );
    const body = JSON.stringify({ purpose: 'password-reset', subject: 'user-42' });
    const asked = await expecting(jsonHeaders(service), body.length, body);
    expect(asked.everything).to.match(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
    const stranger = await expecting(['Authorization: Bearer unknown'], body.length);
    expect(stranger.status, stranger.everything).to.equal(401);
    const long = await expecting(jsonHeaders(service), 1_000_000);
    expect(long.status, long.everything).to.equal(413);
  });

  it('is asked for its body however it says that it waits: in capitals, in chunks, with the longest body', async () => {
    const order = { purpose: 'password-reset', subject: 'user-42' };
    const body = JSON.stringify(order);
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    for (const [what, more, sent, contentLength] of [
      ['in capitals', ['Expect: 100-CONTINUE'], body, body.length],
      ['in chunks', ['Expect: 100-continue', 'Transfer-Encoding: chunked'], chunks, null],
      ['the longest', ['Expect: 100-continue'], body.padEnd(16_384), 16_384],
    ] as const) {
      const octets = requestOctets({
        ...{ path: '/v1/tokens', headers: [...jsonHeaders(service), ...more] },
        ...{ body: sent, contentLength },
      });
      const { everything } = await sendRaw(service, octets);
      expect(everything, what).to.match(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
    }
  });

  it('is not asked for a body in a coding that nobody reads, nor in HTTP/1.0, which has no such answer', async () => {
    const body = JSON.stringify({ purpose: 'password-reset', subject: 'user-42' });
    const octets = (...more: readonly string[]) =>
      requestOctets({
        path: '/v1/tokens',
        headers: [...jsonHeaders(service), 'Expect: 100-continue', ...more],
        body,
      });
    const coded = await sendRaw(service, octets('Content-Encoding: gzip'));
    expect(coded.status, coded.everything).to.equal(415);
    const old = octets().toString('latin1').replace(' HTTP/1.1', ' HTTP/1.0');
    const served = await sendRaw(service, old);
    expect(served.status, served.everything).to.equal(201);
  });

  it('carries a request id like every other answer', async () => {
    const answer = await sendRaw(service, 'hello there\r\n\r\n');
    expect(answer.headers.get('x-request-id'))
      .to.be.a('string')
      .that.matches(/^[\w.:-]{1,128}$/);
  });

  it('does not take the place of the answer to a good request before it', async () => {
    const token = await mintToken(service);
    const body = JSON.stringify({ token, purpose: 'password-reset' });
    const headers = jsonHeaders(service);
    const good = requestOctets({ headers, body, connection: 'keep-alive' });
    const answer = await sendRaw(service, Buffer.concat([good, Buffer.from('noise\r\n\r\n')]));
    expect((await redeemToken(service, token)).json.code).to.equal('token_burned');
    expect(answer.status, answer.everything).to.equal(200);
    expect(answer.closed, 'the connection ends with the answer').to.equal(true);
  });

  it('may not be good requests in a row: each of those gets its own answer', async () => {
    const octets = ['/healthz', '/nowhere', '/readyz'].map((path, index) =>
      requestOctets({ method: 'GET', path, connection: index === 2 ? 'close' : 'keep-alive' }),
    );
    const { everything } = await sendRaw(service, Buffer.concat(octets));
    const statuses = [...everything.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
    expect(statuses).to.deep.equal(['200', '404', '200']);
  });

  it('does not lose a header because others came before it', async () => {
    const token = await mintToken(service);
    const redeem = () =>
      sendRaw(
        service,
        requestOctets({
          headers: [
            ...jsonHeaders(service),
            ...Array.from({ length: 2100 }, () => 'a:'),
            'Idempotency-Key: k',
          ],
          body: JSON.stringify({ token, purpose: 'password-reset' }),
        }),
      );
    const [first, again] = [await redeem(), await redeem()];
    if (first.status !== 200) expectProblem(first, 'request_too_large');
    expect(again.text, 'the key of the attempt was not seen').to.equal(first.text);
  });

  it('does not keep others out: 300 connections that say nothing, or begin and say no more', async () => {
    const { hostname, port } = new URL(service.url);
    const sockets = Array.from({ length: 300 }, (_, index) => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      if (index % 2) socket.write('POST /v1/redemptions HTTP/1.1\r\nHost: service\r\nX-A: ');
      return socket;
    });
    onClose(() => {
      for (const socket of sockets) socket.destroy();
    });
    expect((await redeemToken(service, await mintToken(service))).status).to.equal(200);
    expect((await call(service, 'GET', '/readyz')).json.ready).to.equal(true);
  });
});
