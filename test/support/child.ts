import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real process, with everything that it has printed. */
export interface Child {
  readonly pid: number;
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code (null when a signal ended it). */
  exited(): Promise<number | null>;
  /** Resolves with the match once the output has it; rejects when the process ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Where processes write their spans, one JSON object a line, when the run is traced (CANARY=traced); else undefined. */
export const SPANS_FILE =
  process.env.CANARY === 'traced' ? join(tmpdir(), `matchstick-spans-${process.pid}.jsonl`) : undefined;
const TRACED = new URL('../canary/traced.mjs', import.meta.url).href;

/** What the processes of a test file have printed so far, for the canary that looks for secrets in it. */
export const everythingPrinted: string[] = [];

export function startChild(
  program: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'env' | 'cwd' | 'detached'> = {},
): Child {
  const child: ChildProcess = spawn(program, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
    ...(SPANS_FILE === undefined ? {} : { env: tracedEnvironment(options.env ?? process.env, SPANS_FILE) }),
  });
  const chunks: string[] = [];
  const onData = (chunk: Buffer) => {
    chunks.push(chunk.toString());
    everythingPrinted.push(chunk.toString());
  };
  child.stdout?.on('data', onData);
  child.stderr?.on('data', onData);
  const exit = once(child, 'exit').then(
    ([code]) => (typeof code === 'number' ? code : null),
    (error: Error) => {
      chunks.push(`${program} cannot be started: ${error.message}\n`);
      return null;
    },
  );
  const output = () => chunks.join('');
  return {
    pid: child.pid ?? -1,
    output,
    kill: (signal) => child.kill(signal),
    exited: () => exit,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(output());
          if (!found) return;
          child.stdout?.off('data', look);
          child.stderr?.off('data', look);
          resolve(found);
        };
        child.stdout?.on('data', look);
        child.stderr?.on('data', look);
        exit.then(() => reject(new Error(`${program} ended before it printed ${pattern}:\n${output()}`)));
        look();
      }),
  };
}

/** A process that says itself what is preloaded is left alone. */
function tracedEnvironment(env: NodeJS.ProcessEnv, file: string): NodeJS.ProcessEnv {
  return { NODE_OPTIONS: `--import ${TRACED}`, SPANS_FILE: file, ...env };
}
