import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

/** A process that is measured from outside. */
export interface MeasuredProcess {
  readonly pid: number;
  /** Of what was printed on standard output when it matched. */
  readonly match: RegExpExecArray;
  close(): Promise<void>;
}

const NANOSECONDS = 1e9;
const TAIL_CHARACTERS = 4000;
const PATIENCE_MS = 10_000;

/**
 * Starts a program of this Node and waits for what it prints. Its log, on standard error, goes nowhere: a pipe that is read
 * late makes the process that writes to it wait, and costs it CPU.
 */
export async function startMeasured(
  args: readonly string[],
  pattern: RegExp,
  { cwd, env }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<MeasuredProcess> {
  const options = {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    ...(cwd === undefined ? {} : { cwd }),
  };
  const child = spawn(process.execPath, [...args], {
    ...options,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'close');
  let printed = '';
  let isReady = false;
  const match = await new Promise<RegExpExecArray>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-TAIL_CHARACTERS);
      const found = pattern.exec(printed);
      if (!found) return;
      isReady = true;
      resolve(found);
    });
    ended.then(() => {
      if (isReady) return;
      // Once more, to hear what it says.
      const { stderr } = spawnSync(process.execPath, [...args], { ...options, timeout: PATIENCE_MS });
      reject(new Error(`${args.join(' ')} ended before it was ready:\n${printed}${stderr}`));
    });
  });
  return {
    pid: child.pid ?? -1,
    match,
    close: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Seconds of CPU time so far, of a process and of each that it has started, with all their threads. */
export function cpuSeconds(pid: number): ReadonlyMap<number, number> {
  return new Map(family(pid).map((each) => [each, ownCpuSeconds(each)]));
}

/** The CPU time between two looks, by process. */
export function cpuBetween(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
): { readonly all: number; readonly busiest: number } {
  const spent = [...after].map(([pid, seconds]) => seconds - (before.get(pid) ?? 0));
  return { all: spent.reduce((sum, seconds) => sum + seconds, 0), busiest: Math.max(...spent) };
}

/** What a process and those that it has started hold in memory. */
export function residentMebibytes(pid: number): number {
  const kibibytes = family(pid).map((each) =>
    Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${each}/status`, 'utf8'))?.[1]),
  );
  return kibibytes.reduce((sum, each) => sum + each, 0) / 1024;
}

function family(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [pid, ...(children === '' ? [] : children.split(' ').map(Number))];
}

/** Linux counts it in nanoseconds for each thread; what it adds up for a process is in hundredths of a second. */
function ownCpuSeconds(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((each) =>
    Number(readFileSync(`/proc/${pid}/task/${each}/schedstat`, 'utf8').split(' ')[0]),
  );
  return spent.reduce((sum, each) => sum + each, 0) / NANOSECONDS;
}
