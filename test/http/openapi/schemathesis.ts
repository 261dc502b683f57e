import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from '../../support/child.ts';

const VERSION = '4.32.5';
const CONFIG = fileURLToPath(new URL('./schemathesis.toml', import.meta.url));
/** It stays there for the next run. */
const FOLDER = join(tmpdir(), `matchstick-schemathesis-${VERSION}`);
/** Without its index at hand, an installation should not take the time of the suite. */
const INSTALL_SECONDS = 120;

/** Where Python finds Schemathesis, installed from PyPI if it can be had; else undefined, with the reason. */
export async function findSchemathesis(): Promise<
  { readonly path: string } | { readonly path?: undefined; readonly reason: string }
> {
  if (existsSync(join(FOLDER, 'schemathesis')) && (await isComplete())) return { path: FOLDER };
  const args = ['-m', 'pip', 'install', '--quiet', '--target', FOLDER, `schemathesis==${VERSION}`];
  const pip = startChild('python3', args);
  const timer = setTimeout(() => pip.kill('SIGKILL'), INSTALL_SECONDS * 1000);
  const exitCode = await pip.exited();
  clearTimeout(timer);
  if (exitCode === 0) return { path: FOLDER };
  return { reason: pip.output().trim().split('\n').at(-1) ?? 'pip gave no reason' };
}

/** An installation that was broken off leaves a folder too. */
async function isComplete(): Promise<boolean> {
  return (await python(FOLDER, ['-m', 'schemathesis.cli', '--version'])).exitCode === 0;
}

export interface FuzzOptions {
  readonly path: string;
  readonly url: string;
  readonly key: string;
  /** Generated requests for each call of the API. */
  readonly examples: number;
  readonly seed: number;
}

/** Sends generated requests to a service, as its own description has them, with every check on. */
export async function fuzzApi({ path, url, key, examples, seed }: FuzzOptions) {
  return python(path, [
    ...['-m', 'schemathesis.cli', '--config-file', CONFIG, '--no-color', 'run', `${url}/openapi.json`],
    ...['--url', url, '-H', `Authorization: Bearer ${key}`, '--max-examples', String(examples)],
    ...['--seed', String(seed), '--generation-database', 'none', '--request-timeout', '60'],
    '--continue-on-failure',
  ]);
}

async function python(path: string, args: readonly string[]) {
  const inherited = process.env.PYTHONPATH;
  const child = startChild('python3', args, {
    cwd: tmpdir(),
    env: {
      ...process.env,
      PYTHONPATH: inherited ? `${path}${delimiter}${inherited}` : path,
      PYTHONUTF8: '1',
    },
  });
  return { exitCode: await child.exited(), output: child.output() };
}
