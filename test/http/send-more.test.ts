import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { expect } from 'chai';
import { sendMore } from '../../src/http/send-more.ts';
import { until } from '../faults/support/replication.ts';
import { cleanupAfter } from '../support/cleanup.ts';

const PIECE = 'x'.repeat(100_000);
const MOST_BUFFERED = 100;

describe('an answer that goes on', () => {
  const onClose = cleanupAfter(after);

  /** What is told of an endless answer, by a server that has patience for so long. */
  async function endless(patienceMs: number, answering = async (_response: ServerResponse) => {}) {
    const state = { made: 0, hasEnded: false, isGone: false };
    const server = createServer(async (_request, response) => {
      await answering(response);
      const more = async function* (gone: AbortSignal) {
        gone.addEventListener('abort', () => {
          state.isGone = true;
        });
        try {
          for (;;) {
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
    return { state, url: `http://127.0.0.1:${port}` };
  }

  async function read(url: string, method = 'GET'): Promise<IncomingMessage> {
    const request = get(url, { method });
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

  it('has no body where only its head was asked for', async () => {
    const { state, url } = await endless(60_000);
    const response = await read(url, 'HEAD');
    response.resume();
    await once(response, 'end');
    expect(state.made).to.equal(0);
  });
});
