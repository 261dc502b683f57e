import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { expect } from 'chai';
import { sleep } from '../http/run-service.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type ServiceProcess, startService } from '../support/service.ts';
import { SOAKS } from '../support/soak.ts';
import { fallen, scrape, sumOf } from './page.ts';

const WORKERS = SOAKS ? 4 : 2;
const REQUESTS = 'matchstick_http_request_duration_seconds_count';
const MINTS = { route: '/v1/tokens', status: '201' };

describe('the metrics of several workers', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;

  before(async function () {
    this.timeout(PATIENCE_MS);
    redis = await startRedis();
    onClose(redis.close);
  });

  async function start(): Promise<ServiceProcess> {
    const ledger = { redis: redis.url, timeoutMs: 10_000 };
    const deployment = await makeDeployment({ workers: WORKERS, listen: { drainDelay: '0s' }, ledger });
    onClose(deployment.close);
    const service = await startService(deployment);
    onClose(service.close);
    return service;
  }

  async function workersOf({ process }: ServiceProcess): Promise<readonly number[]> {
    const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
    return children.trim().split(' ').map(Number);
  }

  async function untilAllServe(service: ServiceProcess, without: readonly number[]): Promise<void> {
    for (;;) {
      const workers = await workersOf(service);
      if (workers.length === WORKERS && !workers.some((pid) => without.includes(pid))) return;
      await sleep(20);
    }
  }

  async function untilCounted(service: ServiceProcess, mints: number): Promise<string> {
    for (;;) {
      const page = await scrape(service);
      if (sumOf(page, REQUESTS, MINTS) >= mints) return page;
      await sleep(20);
    }
  }

  it('are those of all of them, whichever answers, and lose nothing that a killed one has told', async function () {
    this.timeout(PATIENCE_MS);
    const service = await start();
    const first = await workersOf(service);
    for (let count = 0; count < 20; count++) expect(await mintOnce(service)).to.equal('answered');
    const before = await untilCounted(service, 20);
    expect(sumOf(before, REQUESTS, MINTS)).to.equal(20);
    expect(sumOf(before, 'matchstick_build_info')).to.equal(1);
    for (let count = 0; count < 2 * WORKERS; count++) {
      expect(sumOf(await scrape(service), REQUESTS, MINTS), 'of any worker').to.equal(20);
    }
    for (const pid of first) {
      process.kill(pid, 'SIGKILL');
      await untilAllServe(service, [pid]);
      expect(fallen(before, await scrape(service))).to.deep.equal([]);
    }
    const after = await scrape(service);
    expect(sumOf(after, REQUESTS, MINTS)).to.equal(20);
    expect(sumOf(after, 'matchstick_tokens_minted_total')).to.equal(
      sumOf(before, 'matchstick_tokens_minted_total'),
    );
  });

  it('count every answer but those of the last moment of a killed worker, and are there while one hangs', async function () {
    this.timeout(PATIENCE_MS);
    const service = await start();
    const [silent = 0] = await workersOf(service);
    const pages = [await scrape(service)];
    const answeredAtMs: number[] = [];
    let unanswered = 0;
    let lostScrapes = 0;
    let isOver = false;

    process.kill(silent, 'SIGSTOP');
    // It takes what was on its way to it, and no more.
    const hung: string[] = [];
    for (let count = 0; count < 3 * WORKERS; count++) hung.push(await mintOnce(service));
    expect(hung.slice(-WORKERS)).to.deep.equal(Array(WORKERS).fill('answered'));
    answeredAtMs.push(...hung.filter((each) => each === 'answered').map(() => Date.now()));
    unanswered += hung.filter((each) => each !== 'answered').length;

    const load = Array.from({ length: 8 }, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      while (!isOver) {
        if ((await mintOnce(service, agent)) === 'answered') answeredAtMs.push(Date.now());
        else unanswered++;
      }
      agent.destroy();
    });
    const scrapes = (async () => {
      while (!isOver) {
        // One at a worker that is killed or hangs is lost, like any other request there.
        const page = await scrape(service).catch(() => undefined);
        if (page === undefined) lostScrapes++;
        else pages.push(page);
        await sleep(50);
      }
    })();
    const killedAtMs: number[] = [];
    for (let kills = 0; kills < 4; kills++) {
      await sleep(1000);
      const victim = (await workersOf(service)).find((pid) => pid !== silent) ?? 0;
      process.kill(victim, 'SIGKILL');
      killedAtMs.push(Date.now());
    }
    await sleep(1000);
    isOver = true;
    await Promise.all([...load, scrapes]);
    await sleep(500);
    pages.push(await scrape(service));
    process.kill(silent, 'SIGCONT');

    for (const [index, page] of pages.entries()) {
      if (index > 0) expect(fallen(pages[index - 1] ?? '', page), `scrape ${index}`).to.deep.equal([]);
    }
    const total = sumOf(pages.at(-1) ?? '', REQUESTS, MINTS);
    const tail = answeredAtMs.filter((atMs) =>
      killedAtMs.some((killedMs) => atMs > killedMs - 300 && atMs <= killedMs + 50),
    ).length;
    expect(total).to.be.at.most(answeredAtMs.length + unanswered);
    expect(total).to.be.at.least(answeredAtMs.length - tail);
    expect(lostScrapes, 'scrapes that were lost').to.be.below(pages.length / 2);
    expect(pages.length, 'scrapes').to.be.greaterThan(4);
  });
});

/** A mint whose client looks elsewhere when nothing comes. */
function mintOnce(
  { url, deployment }: ServiceProcess,
  agent = new Agent({ keepAlive: false }),
): Promise<'answered' | 'lost'> {
  const headers = {
    Authorization: `Bearer ${deployment.callerKeys.main}`,
    'Content-Type': 'application/json',
  };
  return new Promise((resolve) => {
    const asked = request(
      `${url}/v1/tokens`,
      { method: 'POST', agent, headers, timeout: 2000 },
      (response) => {
        response.on('error', () => resolve('lost'));
        response.on('end', () => resolve(response.statusCode === 201 ? 'answered' : 'lost'));
        response.resume();
      },
    );
    asked.on('timeout', () => asked.destroy(new Error('nothing came')));
    asked.on('error', () => resolve('lost'));
    asked.end(JSON.stringify({ purpose: 'password-reset', subject: 'user-42' }));
  });
}
