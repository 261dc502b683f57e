import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What it prints when it is ready. */
  readonly ready: RegExp;
  /** Stands before each line that it prints. Absent: they are not shown. */
  readonly label?: string;
}

export interface Running {
  /** Resolves when it has ended, with how. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

const GRACE_MS = 10_000;
const LINES_KEPT = 20;

/** Starts a program, and waits until it is ready. Rejects when it ends before, as it does when interrupted. */
export async function startProgram(program: Program, interrupted: AbortSignal): Promise<Running> {
  const { command, args, env = {}, cwd, ready, label } = program;
  // A group of its own: Ctrl-C is for the demo, which then ends the programs one after the other.
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`));
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  void ended.then(() => process.off('exit', kill));

  const printed: string[] = [];
  const isReady = new Promise<void>((resolve) => {
    const onLine = (line: string) => {
      printed.push(line);
      if (printed.length > LINES_KEPT) printed.shift();
      if (label) console.log(`${label} | ${line}`);
      if (ready.test(line)) resolve();
    };
    for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', onLine);
  });
  interrupted.addEventListener('abort', kill);
  const failed = ended.then((how) => {
    throw new Error(`${label ?? command}: ${how}\n${printed.join('\n')}`);
  });
  await Promise.race([isReady, failed]).finally(() => interrupted.removeEventListener('abort', kill));
  // From here on, its end is told by `ended`.
  failed.catch(() => {});

  return {
    ended: ended.then((how) => `${label ?? command} ${how}`),
    close: async () => {
      child.kill('SIGTERM');
      const killer = setTimeout(kill, GRACE_MS);
      await ended;
      clearTimeout(killer);
    },
  };
}

/** A file of TypeScript, in a process of its own. */
export function typescript(file: URL): Pick<Program, 'command' | 'args'> {
  return { command: process.execPath, args: ['--import', import.meta.resolve('tsx'), fileURLToPath(file)] };
}
