// npm run test:quick
// Runs the test files that start no process: no server, no browser, no compiler.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Whoever imports one of these, directly or not, starts something. */
const STARTS = /from '(?:node:child_process|playwright-core)'/;

const starts = new Map<string, boolean>();

function startsSomething(file: string): boolean {
  const known = starts.get(file);
  if (known !== undefined) return known;
  starts.set(file, false);
  const text = readFileSync(file, 'utf8');
  const imported = [...text.matchAll(/from '(\.[^']+\.ts)'/g)].map(([, path = '']) =>
    join(dirname(file), path),
  );
  const answer = STARTS.test(text) || imported.filter((each) => existsSync(each)).some(startsSomething);
  starts.set(file, answer);
  return answer;
}

const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join(ROOT, 'test', name))
  .filter((file) => !startsSomething(file))
  .map((file) => relative(ROOT, file))
  .sort();
const mocha = join(ROOT, 'node_modules/mocha/bin/mocha.js');
const options = [
  '--no-config',
  '--parallel',
  '--node-option',
  'import=tsx',
  '--require',
  './test/support/environment.ts',
  '--timeout',
  '30000',
  '--forbid-only',
];
const { status } = spawnSync(process.execPath, [mocha, ...options, '--reporter', 'dot', ...files], {
  cwd: ROOT,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
