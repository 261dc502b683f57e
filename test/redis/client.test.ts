import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { Cluster, type Redis } from 'ioredis';
import { ClosedEarlyError } from '../../src/redis/away.ts';
import { openClient, type RedisTarget } from '../../src/redis/client.ts';
import { AWAY } from '../../src/redis/guarded-cluster.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { freePort } from '../support/redis-server.ts';

const TIMEOUT_MS = 700;

describe('the client of Redis', () => {
  const onTestEnd = cleanupAfter(afterEach);

  async function settingsOf(target: (port: number) => RedisTarget) {
    const client = openClient(target(await freePort()), TIMEOUT_MS);
    client.on('error', () => {});
    onTestEnd(() => client.disconnect());
    const { enableOfflineQueue } = client.options;
    const node = client instanceof Cluster ? client.options.redisOptions : client.options;
    return { ...node, enableOfflineQueue };
  }

  const host = '127.0.0.1';
  const targets: Readonly<Record<string, (port: number) => RedisTarget>> = {
    'at a URL': (port) => ({ url: `redis://${host}:${port}` }),
    'of sentinels': (port) => ({ sentinels: [{ host, port }], name: 'ledger' }),
    'of a cluster': (port) => ({ cluster: [{ host, port }] }),
  };

  for (const [which, target] of Object.entries(targets)) {
    it(`${which} neither repeats a command, nor keeps one for later, nor waits for ever`, async () => {
      const settings = await settingsOf(target);
      expect(settings).to.include({
        maxRetriesPerRequest: 0,
        autoResendUnfulfilledCommands: false,
        enableOfflineQueue: false,
        enableAutoPipelining: false,
        enableReadyCheck: true,
      });
      for (const name of ['commandTimeout', 'socketTimeout', 'connectTimeout'] as const) {
        expect(settings[name], name).to.be.within(TIMEOUT_MS, 3 * TIMEOUT_MS);
      }
      expect(settings.reconnectOnError?.(new Error('READONLY You cannot write'))).to.equal(true);
      expect(settings.reconnectOnError?.(new Error('OOM command not allowed'))).to.equal(false);
    });
  }

  it('leaves a server that is no longer a master once on each connection, however many replies say so', async () => {
    for (const target of [targets['at a URL'], targets['of sentinels']]) {
      const client = openClient(target?.(await freePort()) ?? { url: '' }, TIMEOUT_MS);
      client.on('error', () => {});
      onTestEnd(() => client.disconnect());
      if (client instanceof Cluster) throw new TypeError('this is no cluster');
      const leaves = () => client.options.reconnectOnError?.(new Error('READONLY You cannot write'));
      expect([leaves(), leaves(), leaves()]).to.deep.equal([true, false, false]);
      client.emit('close');
      expect([leaves(), leaves()]).to.deep.equal([true, false]);
    }
  });

  it('of a cluster sends nothing again after a connection was lost', async () => {
    const client = openClient({ cluster: [{ host, port: await freePort() }] }, TIMEOUT_MS);
    client.on('error', () => {});
    onTestEnd(() => client.disconnect());
    expect(client instanceof Cluster && client.options.retryDelayOnFailover).to.equal(0);
  });

  it('of a cluster asks for its slots no more once it has gone', async () => {
    const begun: unknown[] = [];
    const ended = new Set<unknown>();
    const { setInterval: begin, clearInterval: end } = globalThis;
    onTestEnd(() => Object.assign(globalThis, { setInterval: begin, clearInterval: end }));
    Object.assign(globalThis, {
      setInterval: (...args: Parameters<typeof begin>) => {
        const timer = begin(...args);
        begun.push(timer);
        return timer;
      },
      clearInterval: (timer?: NodeJS.Timeout) => {
        ended.add(timer);
        end(timer);
      },
    });
    for (const event of ['close', 'end']) {
      const client = openClient({ cluster: [{ host, port: await freePort() }] }, TIMEOUT_MS);
      client.on('error', () => {});
      onTestEnd(() => client.disconnect());
      client.emit('ready');
      client.emit(event);
      expect(begun, event).to.not.be.empty;
      expect(
        begun.filter((timer) => !ended.has(timer)),
        event,
      ).to.deep.equal([]);
    }
  });

  it('tells of a server that closes each connection without a word', async () => {
    const server = createServer((socket) => socket.end()).listen(0, host);
    onTestEnd(() => server.close());
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const client = openClient({ url: `redis://${host}:${port}` }, TIMEOUT_MS);
    onTestEnd(() => client.disconnect());
    client.on('error', () => {});
    const [error] = await once(client, AWAY);
    expect(error).to.be.instanceOf(ClosedEarlyError);
  });

  it('hears a second error of a socket, which TLS has after some and which would end the process', async () => {
    for (const target of [targets['at a URL'], targets['of a cluster']]) {
      const client = openClient(target?.(await freePort()) ?? { url: '' }, TIMEOUT_MS);
      onTestEnd(() => client.disconnect());
      const server = client instanceof Cluster ? await nodeOf(client) : client;
      server.connect().catch(() => {});
      await new Promise((resolve) => server.once('error', resolve));
      await new Promise((resolve) => setImmediate(resolve));
      expect(() => server.stream.emit('error', new Error('tlsv1 alert decode error'))).to.not.throw();
    }
  });

  function nodeOf(cluster: Cluster): Promise<Redis> {
    return new Promise((resolve) => cluster.once('+node', resolve));
  }
});
