import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { SERVER_PROGRAM } from '../test/support/redis-server.ts';
import { type Options, parseCommandLine } from './options.ts';
import { calls } from './parts/calls.ts';
import { cluster } from './parts/cluster.ts';
import { contenders } from './parts/contenders.ts';
import { bytes, growth } from './parts/growth.ts';
import { latency } from './parts/latency.ts';
import { library } from './parts/library.ts';
import { memory } from './parts/memory.ts';
import { pauses } from './parts/pauses.ts';
import { script } from './parts/script.ts';
import { startup } from './parts/startup.ts';
import { workers } from './parts/workers.ts';
import { allProblems } from './problems.ts';
import { partTable, type Report, type Row, reportText } from './report.ts';

type Part = (options: Options) => Promise<readonly Row[]>;

const QUICK: Readonly<Record<string, Part>> = { contenders, calls, library, script, bytes, latency, startup };
const SLOW: Readonly<Record<string, Part>> = { workers, cluster, pauses, memory, growth };

async function main(): Promise<void> {
  const known = { quick: Object.keys(QUICK), slow: Object.keys(SLOW) };
  const { options, parts, json } = parseCommandLine(process.argv.slice(2), known);
  const { version }: { version: string } = JSON.parse(
    await readFile(new URL('../package.json', import.meta.url), 'utf8'),
  );
  const before = loadavg()[0] ?? Number.NaN;
  const redis = execFileSync(SERVER_PROGRAM, ['--version'], { encoding: 'utf8' }).trim();
  const found: Report['parts'] = {};
  /** As far as it is: whoever ends a long run keeps what it has found. */
  const reportNow = (): Report => ({
    ...{ version, date: new Date().toISOString(), node: process.version, redis },
    ...{ cpus: availableParallelism(), load: { before, after: loadavg()[0] ?? Number.NaN } },
    ...{ options: { ...options }, parts: found },
  });
  for (const part of parts) {
    const startMs = performance.now();
    const rows = await { ...QUICK, ...SLOW }[part]?.(options);
    if (!rows) continue;
    found[part] = [...rows];
    console.log(`${partTable(part, rows)}\n`);
    if (json !== undefined) await writeFile(json, reportText(reportNow()));
    console.error(`${part} took ${Math.round((performance.now() - startMs) / 1000)} s`);
  }
  const { rounds, seconds, warmUp, connections } = options;
  console.log(
    `Medians of ${rounds} rounds and in brackets their middle half. Turns of ${seconds} s after ${warmUp} requests each, ` +
      `${connections} connections; Node ${process.version}, ${redis}; ${availableParallelism()} CPUs, ` +
      `load ${before.toFixed(1)} before and ${reportNow().load.after.toFixed(1)} after.`,
  );
  for (const problem of allProblems()) {
    console.error(problem);
    process.exitCode = 1;
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
