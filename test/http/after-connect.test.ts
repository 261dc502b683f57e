import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { httpServer } from '../../src/http/server.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { sleep } from './run-service.ts';

const SLOW_MS = 400;
/** What is parsed of a connection at once. */
const PIECE_BYTES = 1024;
const SLOW = 'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n';
const STRAY = 'GET /stray HTTP/1.1\r\nHost: a\r\n\r\n';

/** Node lets go of a connection on which somebody sends CONNECT, also while requests before it are being answered. */
describe('a connection after a CONNECT', () => {
  const onClose = cleanupAfter(afterEach);
  let asked: string[] = [];

  async function open(listener: RequestListener = answerSlowly) {
    asked = [];
    const { server, drain } = httpServer(
      (request, response) => {
        asked.push(request.url ?? '');
        listener(request, response);
      },
      { newRequestId: () => 'r' },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onClose(async () => {
      server.close();
    });
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    return { server, drain, client: () => client(port) };
  }

  async function client(port: number) {
    const socket: Socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const received: string[] = [];
    socket.on('error', () => {});
    socket.on('data', (octets: Buffer) => received.push(octets.toString()));
    onClose(async () => {
      socket.destroy();
    });
    await once(socket, 'connect');
    return { socket, received: () => received.join('') };
  }

  const answerSlowly: RequestListener = (request, response) => {
    if (request.url === '/slow') setTimeout(() => response.end('slow'), SLOW_MS);
    else request.on('end', () => response.end('quick')).resume();
  };

  /** Requests and a CONNECT in one piece, and a request that is parsed after it. */
  function withStray(requests: number): string {
    const head = `${SLOW.repeat(requests)}CONNECT a:1 HTTP/1.1\r\nHost: a\r\nFill: `;
    const end = '\r\n\r\n';
    return `${head.padEnd(PIECE_BYTES - end.length, 'x')}${end}${STRAY}`;
  }

  for (const requests of [0, 1, 2]) {
    it(`is not read any further, nor taken for that of another client, with ${requests} requests before it`, async () => {
      const { client } = await open();
      const one = await client();
      one.socket.write(withStray(requests));
      await sleep(SLOW_MS / 4);
      // It gets the parser that the first one had.
      const another = await client();
      one.socket.write(STRAY);
      await sleep(3 * SLOW_MS);
      expect(asked).to.not.include('/stray');
      expect(another.received()).to.equal('');
      another.socket.write('GET /quick HTTP/1.1\r\nHost: a\r\n\r\n');
      await once(another.socket, 'data');
      expect(another.received()).to.match(/^HTTP\/1\.1 200 OK.*quick$/s);
      expect(one.received()).to.match(requests === 0 ? /^HTTP\/1\.1 405 / : /^HTTP\/1\.1 200 OK.*slow$/s);
    });
  }

  it('has nobody who takes what comes on it, and would keep it', async () => {
    const { server, client } = await open();
    const one = await client();
    one.socket.write(`${SLOW}CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n`);
    const [, socket] = await once(server, 'connect');
    expect(socket.listenerCount('data')).to.equal(0);
  });

  it('ends without disturbing what another client is sending', async () => {
    const { client } = await open();
    const one = await client();
    one.socket.write('CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(one.socket, 'data');
    const another = await client();
    another.socket.write('POST /quick HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345');
    await sleep(50);
    one.socket.end();
    await sleep(50);
    another.socket.write('67890');
    await once(another.socket, 'data');
    expect(another.received()).to.match(/^HTTP\/1\.1 200 OK.*quick$/s);
  });

  it('may be reset, which ends nothing else', async () => {
    const { client } = await open();
    const one = await client();
    one.socket.write(`${SLOW}CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n`);
    await sleep(SLOW_MS / 4);
    one.socket.resetAndDestroy();
    await sleep(2 * SLOW_MS);
    const another = await client();
    another.socket.write('GET /quick HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(another.socket, 'data');
    expect(another.received()).to.match(/^HTTP\/1\.1 200 OK/);
  });

  it('does not keep a server that ends', async () => {
    const { client, drain } = await open((_request, response) => response.end(Buffer.alloc(64 * 2 ** 20)));
    const one = await client();
    one.socket.pause();
    one.socket.write(`${SLOW}CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n`);
    await sleep(SLOW_MS / 4);
    const outcome = await Promise.race([
      drain(200, async () => {}).then(() => 'ended'),
      sleep(5000).then(() => 'kept'),
    ]);
    expect(outcome).to.equal('ended');
  });
});
