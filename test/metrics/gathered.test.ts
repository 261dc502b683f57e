import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { gatheredMetrics } from '../../src/metrics/gathered.ts';
import { type Meters, meters } from '../../src/metrics/meters.ts';
import { pushMetrics } from '../../src/metrics/pushing.ts';
import { sleep } from '../http/run-service.ts';
import { fallen, samplesOf, sumOf } from './page.ts';

const BUILD = { version: '1', node: '20' };
const COUNT = 'matchstick_http_request_duration_seconds_count';

describe('the metrics of several processes', () => {
  const worker = (): Meters =>
    meters({ build: BUILD, purposes: ['p'], operations: ['burn'], keys: () => [], nowMs: () => 0 });
  const request = (meter: Meters, seconds = 0.1) =>
    meter.observeRequest({ method: 'GET', route: '/healthz', status: '200', seconds });
  /** As it arrives over IPC. */
  const sent = async <T>(metrics: Promise<T>): Promise<T> => JSON.parse(JSON.stringify(await metrics));

  it('are added up, and go on counting what ended ones have counted', async () => {
    const gathered = gatheredMetrics(BUILD);
    const workers = [worker(), worker(), worker()];
    for (const [id, meter] of workers.entries()) {
      for (let count = 0; count <= id; count++) request(meter);
      gathered.heard(id, await sent(meter.everything()));
    }
    const before = await gathered.page();
    expect(sumOf(before, COUNT)).to.equal(6);
    expect(sumOf(before, 'matchstick_build_info')).to.equal(1);
    gathered.ended(1);
    const atOnce = await gathered.page();
    expect(fallen(before, atOnce)).to.deep.equal([]);
    gathered.ended(0);
    gathered.ended(2);
    const after = await gathered.page();
    expect(fallen(atOnce, after)).to.deep.equal([]);
    expect(sumOf(after, COUNT)).to.equal(6);
  });

  it('drop what an ended one measured of itself', async () => {
    const gathered = gatheredMetrics(BUILD);
    const alone = sumOf(await gathered.page(), 'process_resident_memory_bytes');
    gathered.heard(1, await sent(worker().everything()));
    expect(sumOf(await gathered.page(), 'process_resident_memory_bytes')).to.be.greaterThan(alone * 1.5);
    gathered.ended(1);
    expect(sumOf(await gathered.page(), 'process_resident_memory_bytes')).to.be.lessThan(alone * 1.5);
  });

  it('tell of no process when it began but of the first, and nothing that is no number', async () => {
    const gathered = gatheredMetrics(BUILD);
    gathered.heard(1, await sent(worker().everything()));
    const page = await gathered.page();
    const began = samplesOf(page).filter(({ name }) => name === 'process_start_time_seconds');
    expect(began.map(({ value }) => Math.abs(value - Date.now() / 1000) < 3600)).to.deep.equal([true]);
    for (const { name, value } of samplesOf(page)) expect(value, name).to.be.a('number').and.not.NaN;
  });

  it('take the changes of one worker as if it had told everything', async () => {
    const [told, whole] = [gatheredMetrics(BUILD), gatheredMetrics(BUILD)];
    const meter = worker();
    told.heard(1, await sent(meter.everything()));
    for (let round = 0; round < 20; round++) {
      request(meter, round / 100);
      if (round % 3 === 0) meter.observeLedger('burn', 'ok', 0.001);
      if (round % 5 === 0)
        meter.observeRequest({ method: 'POST', route: `/${round}`, status: '200', seconds: 1 });
      told.heard(1, await sent(meter.changes()));
      whole.heard(1, await sent(meter.everything()));
      const lines = (page: string) =>
        page
          .split('\n')
          .filter((line) => line.startsWith('matchstick_'))
          .sort();
      expect(lines(await told.page())).to.deep.equal(lines(await whole.page()));
    }
  });

  it('never seem to fall by the rounding of a sum, in whatever order workers end', async () => {
    const gathered = gatheredMetrics(BUILD);
    const seconds = [0.1, 0.2, 0.3, 1e-7, 3.3, 0.7];
    for (const [id, each] of seconds.entries()) {
      const meter = worker();
      for (let count = 0; count < 7; count++) request(meter, each);
      gathered.heard(id, await sent(meter.everything()));
    }
    let before = await gathered.page();
    for (const id of [3, 0, 5, 1, 4, 2]) {
      gathered.ended(id);
      const after = await gathered.page();
      expect(fallen(before, after)).to.deep.equal([]);
      before = after;
    }
  });

  it('keep one sum of however many have ended', async function () {
    this.timeout(60_000);
    const gathered = gatheredMetrics(BUILD);
    const meter = worker();
    request(meter);
    const last = JSON.stringify(await meter.everything());
    const size = async () => (await gathered.page()).length;
    const end = async (id: number) => {
      gathered.heard(id, JSON.parse(last));
      gathered.ended(id);
      if (id % 100 === 0) await gathered.page();
    };
    for (let id = 0; id < 100; id++) await end(id);
    const before = await size();
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    collect();
    const heapBefore = process.memoryUsage().heapUsed;
    for (let id = 100; id < 10_000; id++) await end(id);
    expect(sumOf(await gathered.page(), COUNT)).to.equal(10_000);
    expect(await size()).to.be.lessThan(before * 1.2);
    collect();
    expect(process.memoryUsage().heapUsed - heapBefore).to.be.lessThan(last.length * 1000);
  });

  it('are told soon after they change, once for many changes, and never while the last is on its way', async () => {
    const meter = worker();
    const pushes: number[] = [];
    let arrive = () => {};
    const pushing = pushMetrics(meter, (metrics) => {
      pushes.push(metrics.length);
      return new Promise<void>((resolve) => {
        arrive = resolve;
      });
    });
    while (pushes.length < 1) await sleep(5);
    for (let count = 0; count < 1000; count++) request(meter);
    await sleep(300);
    expect(pushes, 'while everything is on its way').to.have.lengthOf(1);
    arrive();
    while (pushes.length < 2) await sleep(5);
    expect(pushes[1], 'one metric for a thousand requests').to.equal(1);
    request(meter);
    arrive();
    while (pushes.length < 3) await sleep(5);
    expect(pushes[2], 'and again, not only with everything').to.equal(1);
    arrive();
    const flushed = pushing.flush();
    await sleep(1);
    arrive();
    await flushed;
  });
});
