import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/@typescript/native/bin/tsc');
const PROGRAMS = ['main', 'assembly/command-line'] as const;

export type Program = (typeof PROGRAMS)[number];

let bundled: string | undefined;
let compiled: string | undefined;

/**
 * The file that Node runs for a program of `src/`. The first call of a run bundles all of them with their packages: a
 * process that finds some thousand modules by itself takes twice as long to start, one that also compiles them six times,
 * and a run starts hundreds. test/packaging starts what is published.
 */
export function programFile(name: Program): string {
  bundled ??= bundle();
  return join(bundled, 'dist', 'assembly', `${basename(name)}.js`);
}

/** The same with each module and package in files of its own, as what hooks into packages needs it. */
export function moduleFile(name: string): string {
  compiled ??= compile();
  return join(compiled, 'dist', `${name}.js`);
}

/** The folder that programs take for their own: it has the configuration that comes with them. */
export function programFolder(): string {
  bundled ??= bundle();
  return bundled;
}

/** A folder like this one, without `dist/`. Removed when the run ends. */
function emptyProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'matchstick-program-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['node_modules', 'config', 'package.json']) {
    symlinkSync(join(ROOT, name), join(folder, name));
  }
  return folder;
}

function bundle(): string {
  const folder = emptyProject();
  buildSync({
    entryPoints: PROGRAMS.map((name) => join(ROOT, 'src', `${name}.ts`)),
    ...{ outdir: join(folder, 'dist'), bundle: true, splitting: true, platform: 'node', format: 'esm' },
    // What is imported when it is needed: Node finds the names that a CommonJS module exports, and a bundler does not.
    external: ['@aws-sdk/*', '@opentelemetry/api', 'json-schema-to-typescript'],
    // As deep as the modules that look for files beside themselves.
    ...{ entryNames: 'assembly/[name]', chunkNames: 'assembly/[name]-[hash]' },
    ...{ minifySyntax: true, minifyWhitespace: true, keepNames: true, target: 'node20', logLevel: 'error' },
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
  });
  return folder;
}

function compile(): string {
  const folder = emptyProject();
  const project = ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')];
  const quickly = ['--noCheck', '--declaration', 'false', '--sourceMap', 'false'];
  const tsc = spawnSync(process.execPath, [TSC, ...project, ...quickly], { encoding: 'utf8' });
  if (tsc.status !== 0) throw new Error(`src/ does not compile:\n${tsc.stdout}`);
  return folder;
}
