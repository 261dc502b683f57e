import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { openRedisLedger } from '../support/open-ledger.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { scriptFile } from '../support/program.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type Asked, crowd, mintCrowdTokens, recordTo, sharedMs, sweep, type Workload } from './crowd.ts';
import { type Recorded, violations } from './history.ts';
import { MUTANTS } from './mutants.ts';
import { modelSeed } from './replay.ts';

const CROWD_PROCESS = fileURLToPath(new URL('./crowd-process.ts', import.meta.url));
const ASKERS = 24;

describe('a crowd on many instances', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  const seed = modelSeed();
  let redis: RedisServer;
  let proxy: CuttingProxy;
  let admin: Redis;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    proxy = await startCuttingProxy(redis.port);
    onClose(proxy.close);
    admin = new Redis(redis.url, { retryStrategy: () => 20 });
    admin.on('error', () => {});
    onClose(() => admin.disconnect());
  });

  async function open(url: string): Promise<BurnLedger> {
    const ledger = openRedisLedger(url);
    onTestEnd(() => ledger.close());
    await ledger.check();
    return ledger;
  }
  const viaProxy = () => open(`redis://127.0.0.1:${proxy.port}`);

  async function newWorkload(ledger: BurnLedger, tokens: number, milliseconds: number): Promise<Workload> {
    const minted = await mintCrowdTokens(ledger, tokens);
    const startsAtMs = sharedMs();
    return { seed, tokens: minted, startsAtMs, endsAtMs: startsAtMs + milliseconds, askers: ASKERS };
  }

  /** Does something again and again while the workload runs. */
  function meanwhile({ endsAtMs }: Workload, everyMs: number, act: () => unknown): void {
    const timer = setInterval(() => {
      if (sharedMs() < endsAtMs) act();
    }, everyMs);
    onTestEnd(() => clearInterval(timer));
  }

  it('redeems no token once too often while connections are cut and clients are killed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'matchstick-crowd-'));
    onTestEnd(() => rm(folder, { recursive: true, force: true }));
    const workloadPath = join(folder, 'workload.json');
    const logPath = (number: number) => join(folder, `${number}.jsonl`);
    const children = [1, 2].map((number) => {
      const args = [scriptFile(CROWD_PROCESS), redis.url, workloadPath, logPath(number), `${number}`];
      const child = startChild(process.execPath, args);
      onTestEnd(() => child.kill('SIGKILL'));
      return child;
    });
    const [survivor, victim] = children;
    if (!survivor || !victim) throw new Error('two processes are needed');
    const instances = [await viaProxy(), await viaProxy(), await open(redis.url)];
    await Promise.all(children.map((child) => child.printed(/connected/)));

    const workload = await newWorkload(await open(redis.url), 300, 3000);
    await writeFile(`${workloadPath}.new`, JSON.stringify(workload));
    await rename(`${workloadPath}.new`, workloadPath);
    meanwhile(workload, 45, () => proxy.cutRepliesAfter(Math.floor(Math.random() * 2000), 1));
    meanwhile(workload, 350, () => admin.call('CLIENT', 'KILL', 'TYPE', 'normal'));
    setTimeout(() => victim.kill('SIGKILL'), 1500);

    const history: Recorded[] = [];
    await Promise.all(
      instances.map((ledger, index) => crowd(ledger, workload, index + 3, recordTo(history))),
    );
    expect(await survivor.exited(), survivor.output().slice(-500)).to.equal(0);
    proxy.cutRepliesAfter(Number.POSITIVE_INFINITY, 0);
    await sweep(await open(redis.url), workload, recordTo(history));
    await victim.exited();
    const told = await Promise.all(
      [1, 2].map(async (number) => historyIn(await readFile(logPath(number), 'utf8'))),
    );
    const all = [...history, ...told.flat()];

    expectSound(all, workload);
    expect(proxy.cuts()).to.be.greaterThan(3);
    for (const each of told) expect(each.length).to.be.greaterThan(50);
    const missing = told[1]?.filter(({ outcome }) => outcome === 'no-answer') ?? [];
    expect(missing.length, 'questions that the killed process left open').to.be.greaterThan(0);
    expect(count(all, 'void')).to.equal(0);
    for (const outcome of ['held', 'burned', 'released', 'already-burned', 'revoked']) {
      expect(count(all, outcome), outcome).to.be.greaterThan(0);
    }
  });

  it('redeems no token once too often when the server is killed and forgets', async () => {
    const instances = [await viaProxy(), await open(redis.url), await open(redis.url)];
    const workload = await newWorkload(await open(redis.url), 120, 1800);
    const history: Recorded[] = [];
    const asking = instances.map((ledger, index) => crowd(ledger, workload, index, recordTo(history)));
    await new Promise((resolve) => setTimeout(resolve, 900));
    redis.process().kill('SIGKILL');
    await redis.restart();
    await Promise.all(asking);
    await sweep(await open(redis.url), workload, recordTo(history));

    expectSound(history, workload);
    for (const outcome of ['held', 'burned', 'void'])
      expect(count(history, outcome), outcome).to.be.greaterThan(0);
    const alive = violations(
      history.map((entry) => (entry.outcome === 'void' ? { ...entry, outcome: 'burned' } : entry)),
      usesIn(workload),
    );
    expect(alive, 'the replays that would have been').to.have.length.greaterThan(10);
  });

  for (const name of [
    'forgets a burn',
    'gives a held token to another attempt',
    'ignores revocations of a token',
  ]) {
    it(`is caught when the ledger ${name}`, async () => {
      // What a crowd does is left to chance: one crowd may not meet the fault, some crowds must.
      for (let played = 0, caught = 0; caught === 0; played++) {
        expect(played, 'crowds that noticed nothing').to.be.below(20);
        caught = (await violationsOfCrowd(name)).length;
      }
    });
  }

  async function violationsOfCrowd(name: string): Promise<readonly string[]> {
    const ledger = MUTANTS[name]?.({ nowMs: Date.now, randomBytes });
    if (!ledger) throw new Error(`there is no ledger that ${name}`);
    const workload = await newWorkload(ledger, 60, 150);
    const history: Recorded[] = [];
    const yielding = slow(ledger);
    await Promise.all([1, 2].map((number) => crowd(yielding, workload, number, recordTo(history))));
    return violations(history, usesIn(workload));
  }

  function expectSound(history: readonly Recorded[], workload: Workload): void {
    const found = violations(history, usesIn(workload));
    const stories = found.slice(0, 3).map((violation) => {
      const entries = history.filter(({ token }) => token === violation.split(/[: ]/)[0]);
      entries.sort((a, b) => a.startedAtMs - b.startedAtMs);
      return [violation, ...entries.map((entry) => JSON.stringify(entry))].join('\n  ');
    });
    expect(found.length, `MODEL_SEED=${seed}\n${stories.join('\n')}`).to.equal(0);
  }
});

function usesIn({ tokens }: Workload): (token: string) => number {
  const uses = new Map(tokens.map(({ name, id }) => [name, id.uses]));
  return (token) => uses.get(token) ?? 0;
}

function count(history: readonly Recorded[], outcome: string): number {
  return history.filter((entry) => entry.outcome === outcome).length;
}

/** What a crowd's process wrote; a question without an answer stays without one. */
function historyIn(lines: string): readonly Recorded[] {
  const history: Recorded[] = [];
  const log = recordTo(history);
  const open = new Map<number, ReturnType<typeof log>>();
  for (const line of lines.split('\n').slice(0, -1)) {
    const told: { question: number; asked?: Asked; endedAtMs: number; outcome: string } = JSON.parse(line);
    if (told.asked) open.set(told.question, log(told.asked));
    else open.get(told.question)?.(told.endedAtMs, told.outcome);
  }
  return history;
}

/** Lets others come in between: a ledger in memory answers at once. */
function slow(ledger: BurnLedger): BurnLedger {
  const pause = () => new Promise((resolve) => setImmediate(resolve));
  return {
    ...ledger,
    burn: async (request) => pause().then(() => ledger.burn(request)),
    settle: async (request, how) => pause().then(() => ledger.settle(request, how)),
  };
}
