import { readFileSync } from 'node:fs';
import { makeDeployment } from '../test/support/deployment.ts';
import { startRedis } from '../test/support/redis-server.ts';
import { runRound } from './load.ts';
import { type Options, parseOptions } from './options.ts';
import { type Side, startServiceSide } from './side.ts';
import { median } from './table.ts';
import { minting, redeeming } from './work.ts';

const COUNTS = [1, 2] as const;
/** What Linux counts CPU time in. */
const TICKS_PER_SECOND = 100;

/** What a service did in one round. */
interface Carried {
  /** Requests for each second of CPU of its busiest process: what it carries when each process has a core of its own. */
  readonly perBusiestSecond: number;
  /** CPU of all its processes for one request, in microseconds. */
  readonly cpuMicroseconds: number;
}

async function measure(side: Side, options: Options): Promise<Carried> {
  const before = cpuOf(side.process.pid);
  const unused: string[] = [];
  const minted = await runRound(side.port, minting(side, unused), options);
  const redeemed = await runRound(side.port, redeeming(side, unused, []), options);
  const after = cpuOf(side.process.pid);
  for (const { errors } of [minted, redeemed])
    for (const [problem, times] of errors) {
      console.error(`${problem} (${times} times)`);
      process.exitCode = 1;
    }
  const spent = [...after].map(([pid, seconds]) => seconds - (before.get(pid) ?? 0));
  const count = minted.count + redeemed.count;
  const total = spent.reduce((sum, seconds) => sum + seconds, 0);
  return { perBusiestSecond: count / Math.max(...spent), cpuMicroseconds: (total / count) * 1e6 };
}

/** CPU seconds so far, of a process and of those that it has started. */
function cpuOf(pid: number): ReadonlyMap<number, number> {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  const pids = [pid, ...(children === '' ? [] : children.split(' ').map(Number))];
  return new Map(pids.map((each) => [each, cpuSecondsOf(each)]));
}

function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0] = fields.slice(11, 13).map(Number);
  return (user + system) / TICKS_PER_SECOND;
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  const opened: { close(): Promise<unknown> }[] = [];
  const open = async <T extends { close(): Promise<unknown> }>(opening: Promise<T>): Promise<T> => {
    const resource = await opening;
    opened.push(resource);
    return resource;
  };
  try {
    const redis = await open(startRedis());
    const sides: Side[] = [];
    for (const workers of COUNTS) {
      const deployment = await open(makeDeployment({ workers, ledger: { redis: redis.url } }));
      sides.push(await open(startServiceSide(deployment)));
    }
    const rounds: Carried[][] = sides.map(() => []);
    for (let round = 0; round <= options.rounds; round++) {
      for (const [index, side] of sides.entries()) {
        // As many for each worker, so that each has as much to do at a time.
        const connections = options.connections * (COUNTS[index] ?? 1);
        const carried = await measure(side, { ...options, connections });
        if (round > 0) rounds[index]?.push(carried);
      }
    }
    for (const [index, workers] of COUNTS.entries()) {
      const each = rounds[index] ?? [];
      const rate = Math.round(median(each.map(({ perBusiestSecond }) => perBusiestSecond)));
      const cpu = Math.round(median(each.map(({ cpuMicroseconds }) => cpuMicroseconds)));
      console.log(
        `${workers} worker(s): ${rate} requests per CPU second of the busiest process, ${cpu} us of CPU each`,
      );
    }
    const [one = [], two = []] = rounds;
    const ratios = one.map((round, n) => (two[n]?.perBusiestSecond ?? Number.NaN) / round.perBusiestSecond);
    const [lowest, highest] = [Math.min(...ratios), Math.max(...ratios)];
    console.log(`ratio ${median(ratios).toFixed(2)} (${lowest.toFixed(2)} to ${highest.toFixed(2)})`);
  } finally {
    for (const resource of opened.reverse()) await resource.close();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
