import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parseReport } from '../../bench/report.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { programFile } from '../support/program.ts';
import { anyOf, SOAKS } from '../support/soak.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SMALL = ['--rounds', '1', '--seconds', SOAKS ? '0.2' : '0.1', '--warm-up', '20', '--connections', '4'];
const FEW = ['--requests', '200', '--burns', '10000'];

/** The rows that each part has at least. Those that start many processes are for the soak. */
const PARTS = {
  contenders: [
    'mint, service',
    'redeem, service',
    'redeem, service: tokens of another instance',
    'mint, fastify + fast-jwt',
  ],
  library: ['mint, ledger in memory', 'redeem, ledger in Redis', 'verify, node:crypto'],
  script: ['floor, SET NX EX', 'burn, with its record'],
};
const SLOW_PARTS = {
  calls: ['inspect', "press a link's button (POST)", 'sign for S3 (GET)'],
  bytes: ['ledger, at 10,000 burns'],
  latency: ['mint, service', 'redeem, floor'],
  startup: ['service'],
  workers: ['1 worker', '2 workers', '4 workers'],
  cluster: ['1 master, 4 shards', '3 masters, 64 shards'],
  pauses: ['in all, service'],
  memory: ['at rest, service', 'under load, service', 'last tenth, service'],
  growth: ['ledger, at 10,000 burns'],
};

/** One of the quick ones, another in each run, or all parts when it soaks. */
const TRIED: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(anyOf(Object.entries(PARTS), 1)),
  ...(SOAKS ? SLOW_PARTS : {}),
};

// No speed is asserted here: only that every part runs, gets right answers, and tells what it should.
describe('npm run bench', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);

  it(`measures ${SOAKS ? 'every part' : Object.keys(TRIED).join()}, and prints and writes it`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'matchstick-bench-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
    const json = join(folder, 'bench.json');
    const args = [
      '--import',
      'tsx',
      'bench/main.ts',
      ...Object.keys(TRIED),
      ...SMALL,
      ...FEW,
      '--json',
      json,
    ];
    // The build has a test of its own.
    const service = SOAKS ? '' : programFile('main');
    const bench = startChild(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, BENCH_SERVICE: service },
    });
    onClose(async () => bench.kill('SIGTERM'));
    expect(await bench.exited(), bench.output()).to.equal(0);
    const { parts, version } = parseReport(await readFile(json, 'utf8'));
    expect(version).to.match(/^\d+\.\d+\.\d+/);
    expect(Object.keys(parts)).to.deep.equal(Object.keys(TRIED));
    for (const [part, names] of Object.entries(TRIED)) {
      const rows = parts[part] ?? [];
      expect(
        rows.map(({ name }) => name),
        part,
      ).to.include.members(names);
      for (const row of rows) {
        const spreads = Object.values({ ...row.figures, ...row.ratios });
        expect(spreads, `${part}: ${row.name}`).to.not.be.empty;
        for (const { median } of spreads) expect(median, `${part}: ${row.name}`).to.be.above(0);
      }
      for (const name of names) expect(bench.output()).to.include(name);
    }
  });
});
