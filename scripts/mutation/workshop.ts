import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutants.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAX_STAGE_MS = 240_000;
const COPIED = [
  ...['src', 'test', 'config', 'scripts', 'docs', 'README.md'],
  ...['package.json', 'tsconfig.json', 'tsconfig.build.json', '.luacheckrc'],
];

export type Outcome = 'killed' | 'survived' | 'does not compile';

/** A copy of the repository in which code is changed. Its dependencies are those of the repository itself. */
export function openWorkshop() {
  const folder = mkdtempSync(join(tmpdir(), 'matchstick-mutants-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return {
    /** What the tests say of a change; the stages are run in order, up to the first that fails. */
    async judge({ file, from, to, by }: Mutant, stages: readonly (readonly string[])[]): Promise<Outcome> {
      const text = readFileSync(join(folder, file), 'utf8');
      writeFileSync(join(folder, file), text.slice(0, from) + by + text.slice(to));
      try {
        return await outcomeIn(folder, file, stages);
      } finally {
        writeFileSync(join(folder, file), text);
      }
    },
    /** Throws if the tests fail without a change: nothing could be said of a change then. */
    async requirePassing(stages: readonly (readonly string[])[]): Promise<void> {
      if ((await outcomeIn(folder, '', stages)) !== 'survived') {
        throw new Error('the tests fail without any change, so they would kill anything');
      }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function outcomeIn(
  folder: string,
  file: string,
  stages: readonly (readonly string[])[],
): Promise<Outcome> {
  const prepare = file.endsWith('.lua')
    ? ['--import', 'tsx', 'scripts/write-redis-scripts.ts']
    : ['node_modules/@typescript/native/bin/tsc', '--noEmit', '-p', 'tsconfig.build.json'];
  if (!(await passes(folder, prepare))) return 'does not compile';
  const mocha = [
    'node_modules/mocha/bin/mocha.js',
    '--no-config',
    '--no-parallel',
    '--node-option',
    'import=tsx',
  ];
  for (const specs of stages) {
    const options = ['--bail', '--exit', '--timeout', '60000'];
    if (!(await passes(folder, [...mocha, ...options, ...specs]))) return 'killed';
  }
  return 'survived';
}

/** A program that never ends fails. */
function passes(cwd: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd, stdio: 'ignore', detached: true });
    const end = () => child.pid && process.kill(-child.pid, 'SIGKILL');
    const timer = setTimeout(end, MAX_STAGE_MS);
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}
