import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { watchConnections } from '../../src/http/connections.ts';
import { listen } from '../../src/http/listen.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type RawAnswer, requestOctets, sendRaw } from './raw-http.ts';
import { sleep } from './run-service.ts';

const HOST = '127.0.0.1';

describe('a server that listens', () => {
  const onClose = cleanupAfter(after);
  /** Begins with the first test, so that the others pass the time until it is cut off. */
  let slow: Promise<RawAnswer>;

  /** Where a server of its own listens, until the tests are over. */
  async function portOf(server: Server): Promise<number> {
    onClose(() => server.closeAllConnections());
    onClose(() => server.close());
    server.listen(0, HOST);
    await once(server, 'listening');
    const address = server.address();
    if (!address || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  before(async () => {
    const service = await listen((_request, response) => response.end('here'), {
      host: HOST,
      port: 0,
      newRequestId: randomUUID,
    });
    onClose(() => service.drain(0));
    const url = `http://${HOST}:${service.port}`;
    slow = sendRaw({ url }, 'GET / HTTP/1.1\r\nHost: service\r\nX-A: ');
  });

  it('tells the port that it got', async () => {
    const service = await listen((_request, response) => response.end('here'), {
      host: HOST,
      port: 0,
      newRequestId: randomUUID,
    });
    onClose(() => service.drain(0));
    expect(service.host).to.equal(HOST);
    const answer = await fetch(`http://${HOST}:${service.port}`);
    expect(await answer.text()).to.equal('here');
  });

  it('rejects when the port is taken, and says which', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, HOST, resolve));
    onClose(() => taken.close());
    const address = taken.address();
    if (!address || typeof address === 'string') throw new Error('no port');
    const error: unknown = await listen(() => {}, {
      host: HOST,
      port: address.port,
      newRequestId: randomUUID,
    }).catch((reason: unknown) => reason);
    expect(error).to.be.an('error').with.property('message').that.includes(`${HOST}:${address.port}`);
  });

  it('lets a request under way finish when it drains, and says that the connection ends', async () => {
    let finish = () => {};
    const service = await listen(
      (_request, response) => {
        finish = () => response.end('finished');
      },
      { host: HOST, port: 0, newRequestId: randomUUID },
    );
    const url = `http://${HOST}:${service.port}`;
    const asked = sendRaw({ url }, requestOctets({ method: 'GET', connection: 'keep-alive' }));
    await sleep(50);
    let drained = false;
    const draining = service.drain(60_000).then(() => {
      drained = true;
    });
    await sleep(150);
    expect(drained).to.equal(false);
    finish();
    const answer = await asked;
    await draining;
    expect(answer.status).to.equal(200);
    expect(answer.text).to.include('finished');
    expect(answer.headers.get('connection')).to.equal('close');
  });

  describe('with more requests at once than it can answer in a moment', () => {
    const REQUESTS = 40;
    const busyListener = (served: string[]) => (request: IncomingMessage, response: ServerResponse) => {
      served.push(request.url ?? '');
      const end = performance.now() + (request.url === '/alive' ? 0 : 10);
      while (performance.now() < end);
      response.end('here');
    };
    const listenBusily = (served: string[]) =>
      listen(busyListener(served), {
        ...{ host: HOST, port: 0, newRequestId: randomUUID },
        urgentPaths: new Set(['/alive']),
      });
    /** So many connections, all of them accepted. */
    async function connections({ port }: { readonly port: number }, count: number) {
      const sockets = Array.from({ length: count }, () => connect(port, HOST));
      for (const socket of sockets) {
        onClose(() => socket.destroy());
        socket.on('error', () => {});
        await answered(socket, '/alive');
      }
      return sockets;
    }
    const send = (socket: Socket, path: string) =>
      socket.write(requestOctets({ method: 'GET', path, connection: 'keep-alive' }));
    const answered = (socket: Socket, path: string) => {
      send(socket, path);
      return once(socket, 'data');
    };

    it('serves them in turns, and lets an urgent one pass', async () => {
      const served: string[] = [];
      const service = await listenBusily(served);
      const [urgent, ...busy] = await connections(service, REQUESTS + 1);
      served.length = 0;
      const all = busy.map((socket) => answered(socket, '/busy'));
      await Promise.race(all);
      if (urgent) await answered(urgent, '/alive');
      expect(served.indexOf('/alive')).to.be.below(REQUESTS / 2);
      await Promise.all(all);
      expect(served).to.have.length(REQUESTS + 1);
      await service.drain(60_000);
    });

    it('does nothing for a client that has gone meanwhile', async () => {
      const served: string[] = [];
      const service = await listenBusily(served);
      const [gone, ...busy] = await connections(service, REQUESTS + 1);
      served.length = 0;
      const first = busy.slice(0, 30).map((socket) => answered(socket, '/busy'));
      if (gone) send(gone, '/gone');
      const last = busy.slice(30).map((socket) => answered(socket, '/busy'));
      await Promise.race(first);
      gone?.resetAndDestroy();
      await Promise.all([...first, ...last]);
      expect(served).to.have.length(REQUESTS).and.not.include('/gone');
      await service.drain(60_000);
    });
  });

  it('reads what a client sent ahead in turns that all connections share, a few requests in each', async () => {
    const requests = 200;
    let read = 0;
    const server = createServer((_request, response) => {
      read++;
      response.end('here');
    });
    const turns: (() => void)[] = [];
    watchConnections(server, 16_384, (work) => turns.push(work));
    const port = await portOf(server);
    const client = connect(port, HOST);
    client.on('error', () => {}).resume();
    client.write('GET / HTTP/1.1\r\nHost: service\r\n\r\n'.repeat(requests));
    while (turns.length === 0 && read < requests) await sleep(5);
    const atOnce = read;
    await sleep(100);
    expect(read, 'read while nobody had a turn')
      .to.equal(atOnce)
      .and.to.be.below(requests / 2);
    while (read < requests) {
      const before = read;
      turns.shift()?.();
      expect(read - before, 'read in one turn').to.be.at.most(5);
      await sleep(1);
    }
  });

  it('serves a request that waited behind another as a part of its own trace', async () => {
    const traces = new AsyncLocalStorage<string>();
    const server = createServer();
    const connections = watchConnections(server, 16_384, (work) => work());
    server.on('request', (request, response) => {
      // As an instrumentation begins a span.
      traces.run(String(request.url), () =>
        connections.serveInOrder(request, () => {
          const trace = traces.getStore();
          setTimeout(() => response.end(`${request.url} in ${trace};`), 20);
        }),
      );
    });
    const port = await portOf(server);
    const head = (path: string) => `GET ${path} HTTP/1.1\r\nHost: service\r\n`;
    const client = connect(port, HOST);
    client.write(`${head('/first')}\r\n${head('/second')}Connection: close\r\n\r\n`);
    expect(await text(client))
      .to.include('/first in /first;')
      .and.to.include('/second in /second;');
  });

  describe('while it closes', () => {
    /** A server whose connections are watched, and which serves one after the other as `serve` says. */
    async function watched(serve: (request: IncomingMessage, response: ServerResponse) => void) {
      const server = createServer();
      const connections = watchConnections(server, 16_384, (work) => work());
      server.on('request', (request, response) =>
        connections.serveInOrder(request, () => serve(request, response)),
      );
      const port = await portOf(server);
      const client = async () => {
        const [socket] = await Promise.all([connect(port, HOST), once(server, 'connection')]);
        return socket.on('error', () => {});
      };
      return { connections, client };
    }
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: service\r\n\r\n`;

    it('answers who has just come, however long the answer takes, and then ends the connection', async () => {
      const { connections, client } = await watched((_request, response) => {
        setTimeout(() => response.end('here'), 1500);
      });
      await connections.endWithAnswers(0);
      const socket = await client();
      connections.closeIdle();
      socket.write(get('/'));
      expect(await text(socket))
        .to.match(/\r\nConnection: close\r\n/i)
        .and.match(/here$/);
    });

    it('drops what waits behind an answer that had begun, and ends the connection with that', async () => {
      const served: (string | undefined)[] = [];
      let finish = () => {};
      const { connections, client } = await watched(({ url }, response) => {
        served.push(url);
        response.writeHead(200, { 'Content-Length': 8 }).write('begun');
        finish = () => response.end('end');
      });
      const socket = await client();
      socket.write(get('/first') + get('/second'));
      await once(socket, 'data');
      const startedMs = performance.now();
      const closed = connections.endWithAnswers(10_000);
      finish();
      await closed;
      expect(performance.now() - startedMs).to.be.below(5000);
      expect(served).to.deep.equal(['/first']);
    });
  });

  it('lets others hear, too, that a client sends no more', async () => {
    const server = createServer((_request, response) => response.end('here'));
    let heard = 0;
    server.prependListener('connection', (socket: Socket) => socket.on('end', () => heard++));
    watchConnections(server, 16_384, (work) => work());
    const port = await portOf(server);
    const answer = await sendRaw(
      { url: `http://${HOST}:${port}` },
      requestOctets({ method: 'GET', path: '/', connection: 'keep-alive' }),
      { hangUp: true },
    );
    expect(answer.everything).to.include('here');
    expect(heard).to.equal(1);
  });

  it('cuts what is left when the grace is over', async () => {
    const service = await listen(() => {}, { host: HOST, port: 0, newRequestId: randomUUID });
    const url = `http://${HOST}:${service.port}`;
    const asked = sendRaw({ url }, requestOctets({ method: 'GET' }));
    await sleep(50);
    await service.drain(100);
    expect((await asked).status).to.equal(0);
  });

  it('does not wait for a connection that is kept alive', async () => {
    const service = await listen((_request, response) => response.end('here'), {
      host: HOST,
      port: 0,
      newRequestId: randomUUID,
    });
    await (await fetch(`http://${HOST}:${service.port}`)).text();
    await service.drain(60_000);
  });

  it('does not wait for a connection that never asked anything', async () => {
    const service = await listen((_request, response) => response.end('here'), {
      host: HOST,
      port: 0,
      newRequestId: randomUUID,
    });
    const silent = connect(service.port, HOST);
    silent.on('error', () => {});
    onClose(() => silent.destroy());
    await new Promise((resolve) => silent.on('connect', resolve));
    const drained = service.drain(60_000).then(() => 'drained');
    expect(await Promise.race([drained, sleep(3000).then(() => 'waiting')])).to.equal('drained');
  });

  it('ends a request whose headers do not come to their end, and says why', async () => {
    const answer = await slow;
    expect(answer.closed, 'nothing came within three times the time-out').to.equal(true);
    expect(answer.json).to.include({ code: 'request_invalid', status: 400 });
    expect(answer.json.detail).to.include('in time');
  });
});
