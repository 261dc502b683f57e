import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { watchConnections } from '../../src/http/connections.ts';
import { sendMore } from '../../src/http/send-more.ts';
import { until } from '../faults/support/replication.ts';
import { cleanupAfter } from '../support/cleanup.ts';

const PIECE = 'x'.repeat(100_000);
const MOST_BUFFERED = 100;

describe('an answer that goes on', () => {
  const onClose = cleanupAfter(after);

  /** What is told of an answer without an end, or of so many pieces, by a server that has patience for so long. */
  async function endless(
    patienceMs: number,
    answering = async (_response: ServerResponse) => {},
    pieces = Number.POSITIVE_INFINITY,
  ) {
    const state = { made: 0, hasEnded: false, isGone: false };
    const server = createServer();
    watchConnections(server, 16_384, (work) => work());
    server.on('request', async (_request, response) => {
      await answering(response);
      const more = async function* (gone: AbortSignal) {
        gone.addEventListener('abort', () => {
          state.isGone = true;
        });
        try {
          for (let piece = 0; piece < pieces; piece++) {
            state.made++;
            yield PIECE;
          }
        } finally {
          state.hasEnded = true;
        }
      };
      sendMore(response, { status: 200, headers: {}, body: 'first', more }, patienceMs);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onClose(async () => server.close());
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    return { state, port, url: `http://127.0.0.1:${port}` };
  }

  async function read(url: string, method = 'GET', agent?: Agent): Promise<IncomingMessage> {
    const request = get(url, { method, ...(agent ? { agent } : {}) });
    const [response] = await once(request, 'response');
    response.on('error', () => {});
    return response;
  }

  it('waits for a reader that is slow, and makes no more meanwhile', async () => {
    const { state, url } = await endless(60_000);
    const response = await read(url);
    let made = -1;
    await until(async () => {
      const isStill = made === state.made && made > 0;
      made = state.made;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return isStill;
    });
    expect(made).to.be.below(MOST_BUFFERED);
    response.resume();
    await until(async () => state.made > 2 * MOST_BUFFERED);
    response.destroy();
    await until(async () => state.hasEnded && state.isGone);
  });

  it('ends for a reader that takes nothing any more', async () => {
    const { state, url } = await endless(300);
    const response = await read(url);
    await until(async () => state.hasEnded && state.isGone);
    expect(state.made).to.be.below(MOST_BUFFERED);
    response.resume();
    await until(async () => response.destroyed);
    expect(response.complete).to.equal(false);
  });

  it('is not begun for a reader that has gone before', async () => {
    const { state, url } = await endless(60_000, async (response) => {
      await once(response, 'close');
    });
    const request = get(url);
    request.on('error', () => {});
    await once(request, 'socket');
    await new Promise((resolve) => setTimeout(resolve, 50));
    request.destroy();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(state).to.deep.include({ made: 0 });
  });

  it('is nothing but its beginning for one who has said before that it sends no more', async () => {
    const { state, port } = await endless(60_000, async ({ req: { socket } }) => {
      if (!socket.readableEnded) await once(socket, 'end');
    });
    const client = connect(port, '127.0.0.1').end('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await text(client)).to.match(/^HTTP\/1\.1 200 [\s\S]*first/);
    expect(state.made).to.equal(0);
  }).timeout(5000);

  it('leaves nobody listening on a connection that goes on after its end', async () => {
    const listening: number[] = [];
    const { url } = await endless(
      60_000,
      async ({ req: { socket } }) => {
        listening.push(socket.listenerCount('end'));
      },
      1,
    );
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let each = 0; each < 3; each++) await text(await read(url, 'GET', agent));
    agent.destroy();
    expect(listening).to.have.length(3);
    expect(new Set(listening).size).to.equal(1);
  });

  it('has no body where only its head was asked for', async () => {
    const { state, url } = await endless(60_000);
    const response = await read(url, 'HEAD');
    response.resume();
    await once(response, 'end');
    expect(state.made).to.equal(0);
  });
});
