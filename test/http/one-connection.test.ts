import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { call, mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';
import { jsonHeaders, requestOctets, sendRaw } from './raw-http.ts';
import { runService, sleep } from './run-service.ts';

const HEAD = 'Host: service\r\n';

/** A connection that is kept, with everything that came back on it. */
async function open({ url }: Pick<ServiceProcess, 'url'>) {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  let isClosed = false;
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) =>
    socket.once('close', () => {
      isClosed = true;
      resolve();
    }),
  );
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  const text = () => Buffer.concat(chunks).toString();
  const answers = () => text().match(/HTTP\/1\.1 \d{3}/g) ?? [];
  return { socket, text, answers, closed, isClosed: () => isClosed };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let looks = 0; !isSo() && looks < 400; looks++) await sleep(25);
}

describe('one connection', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  before(async () => {
    service = await runService(onClose);
  });
  afterEach('the service still serves', async () => {
    expect((await call(service, 'GET', '/healthz')).status).to.equal(200);
  });

  describe('gets one answer to a request whose body', () => {
    const post = (more: string) => `POST /v1/redemptions HTTP/1.1\r\n${HEAD}${more}`;
    for (const [what, head, rest] of [
      [
        'breaks after the answer',
        `${post('Transfer-Encoding: chunked\r\n')}\r\n5\r\nhello\r\n`,
        'zzz\r\n\r\n',
      ],
      ['is too long by its length', post('Content-Length: 99999999\r\n\r\n'), '\x00\x01 noise \r\n\r\n'],
      ['never comes to a GET', `GET /healthz HTTP/1.1\r\n${HEAD}Content-Length: 5\r\n\r\n`, 'GET'],
      [
        'is chunked, and broken, of a GET',
        `GET /healthz HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n`,
        'x\r\n',
      ],
      [
        'follows an unknown path',
        `POST /nowhere HTTP/1.1\r\n${HEAD}Content-Length: 50\r\n\r\n`,
        'BREW / HTTP/1.1\r\n\r\n',
      ],
      [
        'follows another method',
        `DELETE /healthz HTTP/1.1\r\n${HEAD}Content-Length: 9\r\n\r\nab`,
        '\r\n\r\n\r\n\r\n\r\n',
      ],
    ] as const) {
      it(`${what}, then it is closed`, async () => {
        const connection = await open(service);
        connection.socket.write(head);
        await until(() => connection.answers().length > 0);
        connection.socket.write(rest);
        await connection.closed;
        expect(connection.answers(), connection.text()).to.have.length(1);
        expect(connection.text()).to.match(/\r\nConnection: close\r\n/i);
      });
    }

    it('is refused while it is still being sent: the answer arrives all the same', async () => {
      const body = 'x'.repeat(3_000_000);
      const octets = requestOctets({ path: '/v1/tokens', headers: jsonHeaders(service), body });
      const answer = await sendRaw(service, octets);
      expect(answer.status).to.equal(413);
      expect(answer.everything.match(/HTTP\/1\.1/g)).to.have.length(1);
    });

    it('comes slowly, without a second answer when its time is over', async () => {
      const connection = await open(service);
      connection.socket.write(`GET /healthz HTTP/1.1\r\n${HEAD}Content-Length: 500\r\n\r\n`);
      const slow = setInterval(() => connection.socket.write('x'), 200);
      await connection.closed;
      clearInterval(slow);
      expect(connection.answers()).to.deep.equal(['HTTP/1.1 200']);
    });
  });

  describe('burns nothing for a request whose answer could not be sent: it follows, in the same packet,', () => {
    const get = (line: string, headers = HEAD) => `${line} HTTP/1.1\r\n${headers}\r\n`;
    const chunked = (coding: string) =>
      `POST /v1/tokens HTTP/1.1\r\n${HEAD}Transfer-Encoding: ${coding}\r\n\r\n0\r\n\r\n`;
    for (const [what, first] of [
      ['one without a Host', get('GET /', '')],
      ['one with two Hosts', get('GET /', HEAD + HEAD)],
      ['one for another host', get('GET http://other/')],
      ['one with two codings', chunked('gzip, chunked')],
      ['another method with a body', `DELETE /healthz HTTP/1.1\r\n${HEAD}Content-Length: 2\r\n\r\n{}`],
      ['an unknown path with a body', `POST /none HTTP/1.1\r\n${HEAD}Content-Length: 2\r\n\r\n{}`],
      ['one that ends the connection', get('GET /healthz', `${HEAD}Connection: close\r\n`)],
      ['one that wants an upgrade', get('GET /healthz', `${HEAD}Connection: Upgrade\r\nUpgrade: x\r\n`)],
      ['one of HTTP/1.0', 'GET /healthz HTTP/1.0\r\n\r\n'],
    ] as const) {
      it(what, async () => {
        const token = await mintToken(service);
        const body = JSON.stringify({ token, purpose: 'password-reset' });
        const redeem = requestOctets({ body, headers: jsonHeaders(service), connection: 'keep-alive' });
        const { everything } = await sendRaw(service, Buffer.concat([Buffer.from(first), redeem]));
        const answers = everything.match(/HTTP\/1\.1 \d{3}/g) ?? [];
        const isRedeemed = everything.includes('"state":"burned"');
        expect(answers).to.have.length(isRedeemed ? 2 : 1);
        expect((await redeemToken(service, token)).status).to.equal(isRedeemed ? 410 : 200);
      });
    }

    it('but it is answered where what follows it, in the same packet, is a CONNECT', async () => {
      const token = await mintToken(service);
      const body = JSON.stringify({ token, purpose: 'password-reset' });
      const redeem = requestOctets({ body, headers: jsonHeaders(service), connection: 'keep-alive' });
      const connecting = Buffer.from(`CONNECT a:443 HTTP/1.1\r\n${HEAD}\r\n`);
      const { everything, status } = await sendRaw(service, Buffer.concat([redeem, connecting]));
      expect(status, everything).to.equal(200);
      expect(everything).to.include('"state":"burned"').and.not.include('HTTP/1.1 405');
    });
  });

  describe('on which the client says that it sends no more', () => {
    const redeeming = (token: string) =>
      requestOctets({
        body: JSON.stringify({ token, purpose: 'password-reset' }),
        headers: jsonHeaders(service),
        connection: 'keep-alive',
      });

    for (const count of [1, 2, 3, 12]) {
      it(`still gets its answers, in order: ${count} of them`, async () => {
        const subjects = Array.from({ length: count }, (_, index) => `half-${index}`);
        const tokens = await Promise.all(
          subjects.map((subject) => mintToken(service, { purpose: 'password-reset', subject })),
        );
        const octets = Buffer.concat(tokens.map(redeeming));
        const { everything, closed } = await sendRaw(service, octets, { hangUp: true });
        const redeemed = [...everything.matchAll(/"subject":"(half-\d+)"/g)].map(([, subject]) => subject);
        expect(redeemed).to.deep.equal(subjects);
        expect(closed).to.equal(true);
      });
    }

    it('gets the answer to what was whole, and burns nothing by what was not', async () => {
      const [whole, half] = [await mintToken(service), await mintToken(service)];
      const octets = Buffer.concat([redeeming(whole), redeeming(half).subarray(0, -5)]);
      const { status, everything, closed } = await sendRaw(service, octets, {
        hangUp: true,
        patienceMs: 3000,
      });
      expect(status, everything).to.equal(200);
      expect(closed).to.equal(true);
      expect((await redeemToken(service, half)).status).to.equal(200);
    });
  });

  it('that asks to become something else ends with its answer, and nothing behind it is answered', async () => {
    for (const upgrade of ['websocket', 'h2c', 'TLS/1.0', 'x']) {
      const first = `GET /healthz HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n\r\n`;
      const second = `GET /.well-known/jwks.json HTTP/1.1\r\n${HEAD}\r\n`;
      for (const octets of [first, first + second, first + second + second]) {
        const answer = await sendRaw(service, octets);
        expect(answer.closed).to.equal(true);
        expect(answer.status).to.equal(200);
        expect(answer.everything).to.match(/\r\nConnection: close\r\n/i);
        expect(answer.everything).to.include('alive').and.not.include('"keys"');
      }
    }
  });

  it('has few requests under way, answers all that were pipelined, in order, and lets others through', async () => {
    const connections = await Promise.all(Array.from({ length: 8 }, () => open(service)));
    const paths = Array.from({ length: 500 }, (_, index) =>
      index % 3 === 0 ? '/healthz' : `/none-${index}`,
    );
    const octets = paths
      .map((path, index) => `GET ${path} HTTP/1.1\r\n${HEAD}X-Request-Id: r-${index}\r\n\r\n`)
      .join('');
    for (const { socket } of connections) socket.write(octets);
    const healthy = await call(service, 'GET', '/healthz');
    expect(healthy.status).to.equal(200);
    const answeredBefore = connections.reduce((sum, { answers }) => sum + answers().length, 0);
    expect(answeredBefore, 'others came through in between').to.be.below(8 * 500);
    for (const { answers, text, socket } of connections) {
      await until(() => answers().length === paths.length);
      const ids = [...text().matchAll(/X-Request-Id: r-(\d+)/g)].map(([, id]) => Number(id));
      expect(ids).to.deep.equal(paths.map((_, index) => index));
      socket.destroy();
    }
  });

  it('serves a large body, a body in drops, and one that waits to be asked for', async () => {
    const order = { purpose: 'password-reset', subject: 'u' };
    const batch = JSON.stringify({ tokens: Array.from({ length: 900 }, () => order), padding: undefined });
    const large = await call(service, 'POST', '/v1/tokens/batch', { body: batch });
    expect(large.status).to.equal(201);
    const token = await mintToken(service, order);
    expect((await redeemToken(service, token, { purpose: 'password-reset' })).status).to.equal(200);
    const connection = await open(service);
    const whole = Buffer.from(
      requestOctets({ path: '/v1/tokens', headers: jsonHeaders(service), body: JSON.stringify(order) }),
    );
    for (const octet of whole) {
      connection.socket.write(Uint8Array.of(octet));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await connection.closed;
    expect(connection.answers()).to.deep.equal(['HTTP/1.1 201']);
  });
});

describe('a request head that two programs may read differently', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  before(async () => {
    service = await runService(onClose);
  });

  const get = (target: string, ...headers: readonly string[]) =>
    [`GET ${target} HTTP/1.1`, ...headers, 'Connection: close', '', ''].join('\r\n');

  for (const [what, octets] of [
    ['an empty Host', get('/healthz', 'Host:')],
    ['two Hosts', get('/healthz', 'Host: a', 'Host: a')],
    ['no Host', get('/healthz')],
    ['a Host with a path', get('/healthz', 'Host: a/b')],
    ['a Host with a user name', get('/healthz', 'Host: me@a')],
    ['a Host with a blank', get('/healthz', 'Host: a b')],
    ['a list of Hosts', get('/healthz', 'Host: a, b')],
    ['a Host with a port that is none', get('/healthz', 'Host: a:http')],
    ['a URL of another host', get('http://other/healthz', 'Host: service')],
    ['a URL of another port', get('http://service:81/healthz', 'Host: service')],
    ['a URL with a user name', get('http://me@service/healthz', 'Host: service')],
    ['a URL with a password alone', get('http://:secret@service/healthz', 'Host: service')],
    ['a URL of another scheme', get('ftp://service/healthz', 'Host: service')],
    ['a URL without a host', get('http://', 'Host: service')],
    ['a URL of half an address', get('http://[', 'Host: service')],
    ['a URL of three quarters of one', get('https://[::1', 'Host: service')],
    ['a URL without slashes', get('http:healthz', 'Host: service')],
    ['a query alone', get('?', 'Host: service')],
    ['a fragment alone', get('#', 'Host: service')],
    ['a path with a fragment', get('/healthz#x', 'Host: service')],
    ['a URL with a fragment', get('http://service/healthz#x', 'Host: service')],
    ['chunks of HTTP/1.0', 'POST /v1/tokens HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two codings', `POST /v1/tokens HTTP/1.1\r\n${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    [
      'two codings, each in a line of its own',
      `POST /v1/tokens HTTP/1.1\r\n${HEAD}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'a coding twice',
      `POST /v1/tokens HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['identity', `POST /v1/tokens HTTP/1.1\r\n${HEAD}Transfer-Encoding: identity\r\n\r\n`],
    ['RTSP', 'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n'],
    ['RTSP with a path', 'GET /healthz RTSP/1.0\r\nHost: service\r\n\r\n'],
    [
      'RTSP with a header that ends like HTTP',
      `GET /healthz RTSP/1.0\r\nHost: service\r\nX-A: GET /healthz HTTP/1.0\r\n\r\n`,
    ],
    ['HTTP/2.0 without its preface', 'GET /healthz HTTP/2.0\r\nHost: service\r\n\r\n'],
    ['ICE', 'SOURCE /healthz ICE/1.0\r\nHost: service\r\n\r\n'],
  ] as const) {
    it(`is answered 400, and its connection closed: ${what}`, async () => {
      const answer = await sendRaw(service, octets);
      expect(answer.status, answer.everything).to.equal(400);
      expect(answer.closed).to.equal(true);
      expect(answer.everything.match(/HTTP\/1\.1 /g)).to.have.length(1);
      expect(answer.headers.get('content-type')).to.equal('application/problem+json');
    });
  }

  for (const target of [
    '*',
    '//',
    '//[',
    '//[::1',
    '//me@other/',
    '/\\',
    '/[',
    '/%',
    'http://service?x',
    'http://service//[',
  ]) {
    it(`is answered by the service, which has nothing there: ${target}`, async () => {
      const answer = await sendRaw(service, get(target, 'Host: service'));
      expect([400, 404]).to.include(answer.status);
      expect(answer.headers.get('content-type')).to.equal('application/problem+json');
    });
  }

  for (const [what, octets] of [
    ['a Host in capitals, with a port', get('/healthz', 'Host: SERVICE:4100')],
    ['an IPv6 address', get('/healthz', 'Host: [::1]:4100')],
    ['a URL of the same host', get('http://service/healthz', 'Host: SERVICE')],
    ['a URL of the same port', get('http://service:80/healthz', 'Host: service')],
    ['HTTP/1.0 without a Host', 'GET /healthz HTTP/1.0\r\n\r\n'],
    ['HTTP/1.0 with a long head', `GET /healthz HTTP/1.0\r\nCookie: ${'a'.repeat(12_000)}\r\n\r\n`],
    ['HTTP/1.0 with a long target', `GET /healthz?${'a'.repeat(12_000)} HTTP/1.0\r\n\r\n`],
    ['HTTP/1.0 with one', 'GET /healthz HTTP/1.0\r\nHost: service\r\n\r\n'],
  ] as const) {
    it(`is served: ${what}`, async () => {
      expect((await sendRaw(service, octets)).status).to.equal(200);
    });
  }

  it('is served behind another request: HTTP/1.0 with a long head, which begins in the same octets', async () => {
    const first = `GET /healthz?${'b'.repeat(200)} HTTP/1.1\r\n${HEAD}\r\n`;
    const second = `GET /healthz HTTP/1.0\r\nCookie: ${'a'.repeat(16_250)}\r\n\r\n`;
    const { everything } = await sendRaw(service, first + second);
    expect(everything.match(/HTTP\/1\.1 \d{3}/g)).to.deep.equal(['HTTP/1.1 200', 'HTTP/1.1 200']);
  });
});
