import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { jsonHeaders, requestOctets } from '../http/raw-http.ts';
import { runService, sleep } from '../http/run-service.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { mintToken, type ServiceProcess } from '../support/service.ts';
import { emptyFolder, end, startMain, urlOf } from './start-main.ts';

describe('a process that is told to stop', () => {
  const onClose = cleanupAfter(after);

  async function open(service: ServiceProcess): Promise<Socket> {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    onClose(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  }

  function outcomeOfConnecting({ url }: ServiceProcess): Promise<unknown> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve) => {
      const socket = connect(Number(port), hostname, () => resolve('connected'));
      socket.on('error', (error) => resolve('code' in error ? error.code : error));
      onClose(() => socket.destroy());
    });
  }

  it('finishes the request under way, takes no new connection, exits with 0 and leaves its port', async () => {
    const service = await runService(onClose);
    const token = await mintToken(service);
    const socket = await open(service);
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString();
    });
    const body = JSON.stringify({ token, purpose: 'password-reset' });
    const octets = requestOctets({ headers: jsonHeaders(service), body, connection: 'keep-alive' });
    socket.write(octets.subarray(0, -5));
    await sleep(100);

    service.process.kill('SIGTERM');
    await service.process.printed(/"event":"service.stopping"/);
    await sleep(100);
    expect(await outcomeOfConnecting(service)).to.equal('ECONNREFUSED');
    expect(received).to.equal('');

    socket.write(octets.subarray(-5));
    await once(socket, 'close');
    expect(received).to.match(/^HTTP\/1\.1 200 /);
    expect(received).to.include('"state":"burned"');
    expect(await service.process.exited()).to.equal(0);
    expect(service.process.output()).to.include('"event":"service.stopped"');

    const again = createServer();
    again.listen(Number(new URL(service.url).port), '127.0.0.1');
    await once(again, 'listening');
    again.close();
  });

  it('exits with 0 although connections are kept alive or silent, and although it is told again', async () => {
    const service = await runService(onClose);
    const [kept, silent] = [await open(service), await open(service)];
    kept.write(requestOctets({ method: 'GET', path: '/healthz', connection: 'keep-alive' }));
    await once(kept, 'data');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT'] as const) service.process.kill(signal);
    expect(await service.process.exited()).to.equal(0);
    expect(service.process.output().match(/service\.stopping/g)).to.have.lengthOf(1);
    silent.destroy();
  });

  it('exits with 0 even when it has only just said that it listens', async () => {
    const child = startMain(await emptyFolder(onClose));
    onClose(() => end(child));
    await urlOf(child);
    child.kill('SIGTERM');
    expect(await child.exited(), child.output()).to.equal(0);
  });
});
