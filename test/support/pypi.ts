import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { startChild } from './child.ts';

/** Without its index at hand, an installation should not take the time of the suite. */
const INSTALL_SECONDS = 120;

export interface PythonProgram {
  /** As PyPI has it. */
  readonly package: string;
  readonly version: string;
  /** What `python3 -m` runs. */
  readonly module: string;
}

/** Where Python finds it, or why it cannot be had. */
export type FoundProgram = { readonly path: string } | { readonly path?: undefined; readonly reason: string };

/** A program from PyPI, in a folder of its own that stays for the next run. */
export async function findPythonProgram({
  package: name,
  version,
  module,
}: PythonProgram): Promise<FoundProgram> {
  const folder = join(tmpdir(), `matchstick-${name}-${version}`);
  // An installation that was broken off leaves a folder too.
  if (existsSync(folder) && (await python(folder, ['-m', module, '--help'])).exitCode === 0) {
    return { path: folder };
  }
  const args = ['-m', 'pip', 'install', '--quiet', '--target', folder, `${name}==${version}`];
  const pip = startChild('python3', args);
  const timer = setTimeout(() => pip.kill('SIGKILL'), INSTALL_SECONDS * 1000);
  const exitCode = await pip.exited();
  clearTimeout(timer);
  if (exitCode === 0) return { path: folder };
  return { reason: pip.output().trim().split('\n').at(-1) ?? 'pip gave no reason' };
}

/** Runs Python with the modules of these folders. */
export async function python(path: string, args: readonly string[], cwd = tmpdir()) {
  const inherited = process.env.PYTHONPATH;
  const child = startChild('python3', args, {
    cwd,
    env: {
      ...process.env,
      PATH: `${join(path, 'bin')}${delimiter}${process.env.PATH}`,
      PYTHONPATH: inherited ? `${path}${delimiter}${inherited}` : path,
      PYTHONUTF8: '1',
    },
  });
  return { exitCode: await child.exited(), output: child.output() };
}
