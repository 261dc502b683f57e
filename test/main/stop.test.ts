import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { jsonHeaders, requestOctets } from '../http/raw-http.ts';
import { runService, sleep } from '../http/run-service.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { programFile, programFolder } from '../support/program.ts';
import { call, mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';
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

  it('says that it is not ready and serves on; then ends its connections, takes no new ones, finishes and exits with 0', async () => {
    const service = await runService(onClose, { listen: { drainDelay: '1s' } });
    const token = await mintToken(service);
    const [kept, socket] = [await open(service), await open(service)];
    const ask = async () => {
      kept.write(requestOctets({ method: 'GET', path: '/healthz', connection: 'keep-alive' }));
      const [answer] = await once(kept, 'data');
      return String(answer);
    };
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString();
    });
    const body = JSON.stringify({ token, purpose: 'password-reset' });
    const octets = requestOctets({ headers: jsonHeaders(service), body, connection: 'keep-alive' });
    socket.write(octets.subarray(0, -5));
    await ask();

    service.process.kill('SIGTERM');
    await service.process.printed(/"event":"service.stopping"/);
    const readiness = await call(service, 'GET', '/readyz');
    expect(readiness.status).to.equal(503);
    expect(readiness.json.reasons).to.deep.include({
      part: 'process',
      code: 'ledger_unavailable',
      detail: 'The service is stopping.',
    });
    expect((await redeemToken(service, await mintToken(service))).status).to.equal(200);
    expect(await ask()).to.not.match(/^Connection: close/im);

    let last = '';
    while (!/^Connection: close/im.test(last)) last = await ask();
    await once(kept, 'close');
    while ((await outcomeOfConnecting(service)) === 'connected') await sleep(20);
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

  it('waits no longer when it is told again, and exits with 0 although connections are kept alive or silent', async () => {
    const service = await runService(onClose, { listen: { drainDelay: '10m' } });
    const [kept, silent] = [await open(service), await open(service)];
    kept.write(requestOctets({ method: 'GET', path: '/healthz', connection: 'keep-alive' }));
    await once(kept, 'data');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT'] as const) service.process.kill(signal);
    await service.process.printed(/"event":"service.stopping"/);
    await sleep(1100);
    expect(service.process.output(), 'a group of processes told at once').to.not.include('service.stopped');
    service.process.kill('SIGTERM');
    expect(await service.process.exited()).to.equal(0);
    expect(service.process.output().match(/service\.stopping/g)).to.have.lengthOf(1);
    silent.destroy();
  });

  it('exits with 0 even when it has not yet said that it listens', async () => {
    const child = startMain(await emptyFolder(onClose), { REDIS_URL: 'redis://127.0.0.1:1' });
    onClose(() => end(child));
    await child.printed(/"event":"ledger.disconnected"/);
    child.kill('SIGTERM');
    expect(await child.exited(), child.output()).to.equal(0);
  });

  it('hears of it through npm, which ends with it', async () => {
    const deployment = await makeDeployment({ listen: { drainDelay: '1s' } });
    onClose(deployment.close);
    const args = ['start', '--ignore-scripts', '--silent', '--', '--config', deployment.configPath];
    const child = startChild('npm', args, {
      cwd: programFolder(),
      env: { ...process.env, HOST: '', PORT: '0', MATCHSTICK_CONFIG: '' },
    });
    onClose(() => end(child));
    const url = await urlOf(child);
    expect(child.output(), 'its arguments are those of "matchstick serve"').to.include(deployment.configPath);
    child.kill('SIGTERM');
    await child.printed(/service\.stopping/);
    expect((await fetch(`${url}/readyz`)).status).to.equal(503);
    expect(await child.exited(), child.output()).to.equal(0);
    expect(child.output()).to.include('service.stopped');
  });

  it('ends, after the same delay, with the shell in which npx runs it', async () => {
    const deployment = await makeDeployment({ listen: { drainDelay: '2s' } });
    onClose(deployment.close);
    const shell = startChild('sh', ['-c', `${process.execPath} ${programFile('main')}; true`], {
      env: {
        ...process.env,
        ...{ HOST: '', PORT: '0', MATCHSTICK_CONFIG: deployment.configPath, npm_command: 'exec' },
      },
    });
    onClose(() => end(shell));
    const url = await urlOf(shell);
    shell.kill('SIGTERM');
    await shell.exited();
    while (!shell.output().includes('service.stopping')) await sleep(20);
    expect((await fetch(`${url}/readyz`)).status).to.equal(503);
    await sleep(1300);
    expect(shell.output(), 'within the delay').to.not.include('service.stopped');
    while (!shell.output().includes('service.stopped')) await sleep(20);
  });
});
