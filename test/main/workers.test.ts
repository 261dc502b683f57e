import { readFile, readlink } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { jsonHeaders, requestOctets, sendRaw } from '../http/raw-http.ts';
import { sleep } from '../http/run-service.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { freePort, type RedisServer, startRedis } from '../support/redis-server.ts';
import {
  type Answered,
  mintToken,
  redeemToken,
  type ServiceProcess,
  startService,
} from '../support/service.ts';

describe('a service of several workers', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let service: ServiceProcess;

  before(async function () {
    this.timeout(PATIENCE_MS);
    redis = await startRedis();
    onClose(redis.close);
    service = await start();
  });

  async function start(settings: object = {}): Promise<ServiceProcess> {
    const deployment = await makeDeployment({
      workers: 2,
      listen: { drainDelay: '0s' },
      ledger: { redis: redis.url, timeoutMs: 10_000 },
      limits: { caller: { count: 5, per: '1h' } },
      ...settings,
    });
    onClose(deployment.close);
    const started = await startService(deployment);
    onClose(started.close);
    return started;
  }

  /** The processes that it runs beside the first. */
  const workersOf = ({ process }: ServiceProcess) => workersOfPid(process.pid);

  async function workersOfPid(pid: number): Promise<readonly number[]> {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return children.trim().split(' ').map(Number);
  }

  /** Children of this process that work in a folder. */
  async function childrenOf(folder: string): Promise<readonly number[]> {
    const pids = await workersOfPid(process.pid);
    const places = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
    return pids.filter((_, index) => places[index] === folder);
  }

  async function untilThereAre(count: number, of: ServiceProcess, without: number): Promise<void> {
    for (;;) {
      const workers = await workersOf(of);
      if (workers.length === count && !workers.includes(without)) return;
      await sleep(20);
    }
  }

  it('answers from all of them, as one: the same keys, one ledger, one count for each limit', async () => {
    expect(await workersOf(service)).to.have.lengthOf(2);
    const answers: Answered[] = [];
    const token = await mintToken(service);
    for (let tried = 0; tried < 4; tried++)
      answers.push(await onNewConnection(service, '/v1/redemptions', token));
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 410, 410, 410]);
    const strangers: number[] = [];
    for (let tried = 0; tried < 7; tried++) {
      strangers.push((await onNewConnection(service, '/v1/redemptions', token, 'ms_x_unknown')).status);
    }
    expect(strangers).to.deep.equal([401, 401, 401, 401, 401, 429, 429]);
  });

  it('ends a request whose head does not come to its end, and serves a client that has sent everything', async () => {
    const unfinished = await sendRaw(service, 'GET / HTTP/1.1\r\nHost: service\r\nX-A: ');
    expect(unfinished.json).to.include({ code: 'request_invalid', status: 400 });
    const { hostname, port } = new URL(service.url);
    const half = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    half.end(requestOctets({ method: 'GET', path: '/healthz' }));
    let received = '';
    for await (const chunk of half) received += chunk;
    expect(received).to.match(/^HTTP\/1\.1 200 /);
  });

  it('loses nothing of the others when one is killed, and replaces it', async function () {
    this.timeout(PATIENCE_MS);
    const [one = 0, other = 0] = await workersOf(service);
    /** Connections that live on, of which each worker has half. */
    const kept = Array.from({ length: 4 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    const token = await mintToken(service);
    const ask = (by: Agent) => onConnection(service, '/v1/redemptions', token, by).catch(() => undefined);
    for (const each of kept) expect((await ask(each))?.status).to.be.oneOf([200, 410]);
    process.kill(one, 'SIGKILL');
    await service.process.printed(/"event":"worker.ended"/);
    const after = await Promise.all(kept.map(ask));
    expect(after.filter((answer) => answer?.status === 410)).to.have.length.of.at.least(2);
    await untilThereAre(2, service, one);
    expect(await workersOf(service)).to.include(other);
    for (let tried = 0; tried < 4; tried++) {
      expect((await onNewConnection(service, '/v1/redemptions', token)).status).to.equal(410);
    }
    for (const each of kept) each.destroy();
  });

  it('finishes what is under way when it is told to stop, ends all of them, and exits with 0', async () => {
    const stopping = await start();
    const workers = await workersOf(stopping);
    const token = await mintToken(stopping);
    const body = JSON.stringify({ token, purpose: 'password-reset' });
    const octets = requestOctets({ headers: jsonHeaders(stopping), body, connection: 'keep-alive' });
    const { hostname, port } = new URL(stopping.url);
    const socket = connect(Number(port), hostname);
    socket.write(octets.subarray(0, -5));
    await sleep(200);
    for (const pid of workers) process.kill(pid, 'SIGTERM');
    stopping.process.kill('SIGTERM');
    await stopping.process.printed(/"event":"service.stopping"/);
    await sleep(200);
    socket.write(octets.subarray(-5));
    let received = '';
    for await (const chunk of socket) received += chunk;
    expect(received).to.match(/^HTTP\/1\.1 200 /);
    expect(await stopping.process.exited()).to.equal(0);
    for (const pid of workers) expect(() => process.kill(pid, 0)).to.throw(/ESRCH/);
    expect(stopping.process.output()).to.not.include('worker.ended');
  });

  it('replaces one that is killed while it starts', async function () {
    this.timeout(PATIENCE_MS);
    const deployment = await makeDeployment({ workers: 4, ledger: { redis: redis.url, timeoutMs: 10_000 } });
    onClose(deployment.close);
    let isServing = false;
    const starting = startService(deployment).finally(() => {
      isServing = true;
    });
    let killed = 0;
    while (!isServing && killed === 0) {
      const [first] = await childrenOf(deployment.folder);
      const children = first === undefined ? [] : await workersOfPid(first).catch(() => []);
      // The first has to serve before the others are begun.
      if (children.length > 1) {
        killed = children.at(-1) ?? 0;
        process.kill(killed, 'SIGKILL');
      } else await sleep(2);
    }
    const started = await starting;
    onClose(started.close);
    expect(killed).to.be.above(0);
    await untilThereAre(4, started, killed);
    expect(started.process.output()).to.match(/"event":"worker.ended".*"signal":"SIGKILL".*could not start/);
    expect((await redeemToken(started, await mintToken(started))).status).to.equal(200);
  });

  it('replaces as many as are killed one after the other while others serve', async function () {
    this.timeout(PATIENCE_MS);
    const started = await start({ workers: 3 });
    for (let killed = 0; killed < 7; killed++) {
      // The first two serve, the newest may still be starting.
      const newest = (await workersOf(started)).at(-1) ?? 0;
      killIfAlive(newest);
      await untilThereAre(3, started, newest);
      expect((await redeemToken(started, await mintToken(started))).status).to.equal(200);
    }
    expect(started.process.output()).to.not.include('workers.given-up');
  });

  it('gives up, with exit code 1, when workers end again and again', async function () {
    this.timeout(PATIENCE_MS);
    const doomed = await start();
    while (!doomed.process.output().includes('"event":"workers.given-up"')) {
      const workers = await workersOf(doomed).catch(() => []);
      for (const pid of workers) if (pid > 0) killIfAlive(pid);
      await sleep(50);
    }
    expect(await doomed.process.exited()).to.equal(1);
    expect(doomed.process.output().match(/"event":"workers.given-up"/g)).to.have.length(1);
  });

  it('is refused, in one sentence, with a ledger in memory, on a port that is taken, and on an unfit server', async () => {
    const said = (settings: object, env: NodeJS.ProcessEnv = {}) =>
      makeDeployment({ workers: 3, ...settings }).then(async (deployment) => {
        onClose(deployment.close);
        return startService(deployment, env).then(
          () => 'it started',
          ({ message }: Error) => message.replace(/^(.*ended before.*|\{.*\})\n/gm, '').trim(),
        );
      });
    expect(await said({})).to.match(/has a problem:\n {2}workers: needs ledger\.redis: each worker [^\n]*$/);
    const taken = { PORT: new URL(service.url).port };
    expect(await said({ ledger: { redis: redis.url } }, taken)).to.match(
      /^Cannot listen on [^\n]*something else[^\n]*$/,
    );
    const password = redis.url.replace('//', '//nobody:wrong@');
    expect(await said({ ledger: { redis: password } }))
      .to.include('This Redis cannot hold the ledger')
      .and.match(/^[^\n]*$/);
    expect(
      await said(
        { listen: { host: `no-such-host-${await freePort()}.invalid` }, ledger: { redis: redis.url } },
        { PORT: '0' },
      ),
    ).to.match(/^Cannot listen on/);
  });
});

function onNewConnection(
  service: ServiceProcess,
  path: string,
  token: string,
  key?: string,
): Promise<Answered> {
  return onConnection(service, path, token, new Agent({ keepAlive: false }), key);
}

/** A redemption on a connection of the agent. */
function onConnection(
  { url, deployment }: ServiceProcess,
  path: string,
  token: string,
  agent: Agent,
  key = deployment.callerKeys.main,
): Promise<Answered> {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
  return new Promise((resolve, reject) => {
    const asked = request(`${url}${path}`, { method: 'POST', agent, headers }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, headers: new Headers(), text, json: JSON.parse(text) });
    });
    asked.on('error', reject);
    asked.end(JSON.stringify({ purpose: 'password-reset', token }));
  });
}

/** One that was there a moment ago may have ended. */
function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
