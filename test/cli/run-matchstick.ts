import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeFailure } from '../../src/assembly/failure.ts';
import { redisOptions } from '../../src/assembly/redis-ledger.ts';
import { hasColours } from '../../src/assembly/terminal.ts';
import { buildOf } from '../../src/assembly/version.ts';
import { runCommand } from '../../src/cli/run.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { onceInRun } from '../support/once-per-run.ts';
import { programFile } from '../support/program.ts';
import { SOAKS } from '../support/soak.ts';
import { UNREACHED } from './unreached.ts';

const SHIPPED_CONFIG = fileURLToPath(new URL('../../config/matchstick.yaml', import.meta.url));
const AMBIENT = { nowMs: Date.now, monotonicMs: () => performance.now(), randomBytes, instance: 'test' };
let folder: string | undefined;
const NO_TERMINAL = { isTTY: false };

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Both, as they came. */
  readonly output: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** In a process of its own, as everything is when it soaks. */
  readonly asProcess?: true;
  /** Where a process is. */
  readonly cwd?: string;
  /** On standard input, which is a pipe. */
  readonly input?: string;
  /** A descriptor instead of a pipe, for a process. */
  readonly stdout?: number;
}

/** Runs the command line without a terminal: in this process, unless something asks for one of its own. */
export async function runMatchstick(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { npm_lifecycle_event: _script, npm_command: _verb, ...ambient } = process.env;
  const env = { ...ambient, REDIS_URL: '', NO_COLOR: '', FORCE_COLOR: '', ...options.env };
  const isProcess = SOAKS || options.asProcess || options.stdout !== undefined;
  return isProcess ? runProcess(args, env, options) : runHere(args, env, options);
}

async function runHere(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  { input = '' }: RunOptions,
): Promise<Ran> {
  const told = listener();
  const colours = hasColours(NO_TERMINAL, environment);
  const code = await runCommand(args, {
    ...UNREACHED,
    ...AMBIENT,
    loadSettings: (config) => loadSettings(environment, config),
    openRedis: (settings) => redisOptions(settings, AMBIENT),
    shippedConfig: SHIPPED_CONFIG,
    version: buildOf(process.versions).version,
    environment,
    fetch: (url, init) => fetch(url, init),
    readInput: async () => input,
    stdout: told.out,
    stderr: told.err,
    colours: { stdout: colours, stderr: colours },
  }).catch((error: unknown) => {
    told.err(`${describeFailure(error)}\n`);
    return 1;
  });
  return { code, ...told.heard() };
}

async function runProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { cwd, input = '', stdout }: RunOptions,
): Promise<Ran> {
  const child = spawn(process.execPath, [installedCommand(), ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['pipe', stdout ?? 'pipe', 'pipe'],
    env,
  });
  const told = listener();
  child.stdout?.on('data', told.out);
  child.stderr?.on('data', told.err);
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  const [code] = await once(child, 'close');
  return { code, ...told.heard() };
}

/** The program under the name that npm gives it. */
function installedCommand(): string {
  const make = (made: string) => symlinkSync(programFile('assembly/command-line'), join(made, 'matchstick'));
  folder ??= onceInRun('command', make);
  return join(folder, 'matchstick');
}

function listener() {
  let [out, err, output] = ['', '', ''];
  return {
    out: (text: string | Buffer) => {
      out += text;
      output += text;
    },
    err: (text: string | Buffer) => {
      err += text;
      output += text;
    },
    heard: () => ({ out, err, output }),
  };
}
