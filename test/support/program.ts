import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/@typescript/native/bin/tsc');

let compiled: string | undefined;

/**
 * The file that Node runs for a program of `src/`, such as `main`. The first call of a run compiles all of
 * it, as a build does but for the checking of types: a process that loads TypeScript by itself takes three
 * times as long to start, and a run starts some hundred and fifty.
 */
export function programFile(name: string): string {
  compiled ??= compile();
  return join(compiled, 'dist', `${name}.js`);
}

/** A folder like this one, with `dist/` of its own. Removed when the run ends. */
function compile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'matchstick-program-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['node_modules', 'config', 'package.json']) {
    symlinkSync(join(ROOT, name), join(folder, name));
  }
  const dist = join(folder, 'dist');
  const project = ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', dist];
  const quickly = ['--noCheck', '--declaration', 'false', '--sourceMap', 'false'];
  const tsc = spawnSync(process.execPath, [TSC, ...project, ...quickly], { encoding: 'utf8' });
  if (tsc.status !== 0) throw new Error(`src/ does not compile:\n${tsc.stdout}`);
  return folder;
}
