import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { type PacedConnection, paceReading } from '../../src/http/paced-reading.ts';
import { cleanupAfter } from '../support/cleanup.ts';

const HEAD_OCTETS = 4096;
/** What is parsed of a connection at once. */
const PIECE_OCTETS = 1024;
const BODY_OCTETS = 1_000_000;

describe('a connection whose requests are read at a pace', () => {
  const onClose = cleanupAfter(after);

  it('keeps no more of a long body than a head can be, however long it stays', async () => {
    const server = createServer();
    const paceOf = paceReading(server, HEAD_OCTETS, (work) => work());
    let pace: PacedConnection | undefined;
    server.on('request', (request, response) => {
      pace = paceOf(request.socket);
      pace?.began(request);
      response.once('close', () => pace?.ended());
      request.once('end', () => response.end('read')).resume();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
    onClose(async () => {
      socket.destroy();
      server.close();
    });
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${BODY_OCTETS}\r\n\r\n`);
    socket.write('x'.repeat(BODY_OCTETS));
    await once(socket, 'data');
    const kept = pace?.recentText() ?? '';
    expect(kept).to.have.length.within(1, HEAD_OCTETS + PIECE_OCTETS);
  });
});
