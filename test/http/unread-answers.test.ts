import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { watchConnections } from '../../src/http/connections.ts';
import { until } from '../faults/support/replication.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { sleep } from './run-service.ts';

const UNREAD_MS = 1500;
const ANSWER_OCTETS = 64 * 2 ** 20;

describe('an answer that is not read', () => {
  const onClose = cleanupAfter(after);

  async function open(requests: number) {
    const server = createServer();
    const connections = watchConnections(server, 16_384, (work) => work(), UNREAD_MS);
    server.on('request', (request, response) =>
      connections.serveInOrder(request, () => {
        if (request.url === '/slow') setTimeout(() => response.end('slow'), 3 * UNREAD_MS);
        else response.end(Buffer.alloc(ANSWER_OCTETS));
      }),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onClose(async () => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
    socket.on('error', () => {});
    onClose(async () => {
      socket.destroy();
    });
    socket.pause();
    const [served] = await once(server, 'connection');
    let isClosed = false;
    served.once('close', () => {
      isClosed = true;
    });
    const send = (path: string) => socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    for (let sent = 0; sent < requests; sent++) send('/');
    return { socket, send, isClosed: () => isClosed };
  }

  for (const requests of [1, 2, 20]) {
    it(`ends its connection after a while, ${requests} of them requested`, async () => {
      const { isClosed } = await open(requests);
      await sleep(UNREAD_MS / 5);
      expect(isClosed()).to.equal(false);
      await until(async () => isClosed());
    }).timeout(60_000);
  }

  it('ends its connection also behind a CONNECT', async () => {
    const { socket, isClosed } = await open(1);
    socket.write('CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n');
    await sleep(UNREAD_MS / 5);
    expect(isClosed()).to.equal(false);
    await until(async () => isClosed());
  }).timeout(60_000);

  it('is not that of a client that has said that it sends no more, however long the answer takes to be made', async () => {
    const { socket, send } = await open(0);
    send('/slow');
    socket.end();
    let received = '';
    for await (const chunk of socket) received += chunk;
    expect(received).to.match(/slow$/);
  });

  it('is none while it is read slowly, nor while it is made, behind another one too', async () => {
    const { socket, send, isClosed } = await open(1);
    send('/slow');
    let received = 0;
    let end = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      end = chunk.subarray(-4).toString();
      socket.pause();
      // Longer than that in all, and never so long at once.
      setTimeout(() => socket.resume(), chunk.length / 20_000);
    });
    socket.resume();
    for (let looks = 0; end !== 'slow' && !isClosed() && looks < 1000; looks++) await sleep(50);
    expect(received).to.be.above(ANSWER_OCTETS);
    expect(end).to.equal('slow');
    expect(isClosed()).to.equal(false);
  }).timeout(60_000);
});
