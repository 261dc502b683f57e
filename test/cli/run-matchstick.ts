import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { programFile } from '../support/program.ts';

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** On standard input, which is a pipe. */
  readonly input?: string;
  /** A descriptor instead of a pipe. */
  readonly stdout?: number;
}

/** Runs the command line in a process of its own, without a terminal. */
export async function runMatchstick(
  args: readonly string[],
  { env = {}, cwd, input = '', stdout }: RunOptions = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [programFile('assembly/command-line'), ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['pipe', stdout ?? 'pipe', 'pipe'],
    env: { ...process.env, REDIS_URL: '', NO_COLOR: '', FORCE_COLOR: '', ...env },
  });
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    err += chunk;
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  const [code] = await once(child, 'close');
  return { code, out, err };
}
