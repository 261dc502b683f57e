import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { onceInRun } from './once-per-run.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/@typescript/native/bin/tsc');
const STARTER = fileURLToPath(new URL('start-compiled.cjs', import.meta.url));
const PROGRAMS = ['main', 'assembly/command-line'] as const;
/** What is loaded only when it is needed. */
const NOT_BUNDLED = ['@aws-sdk/*', '@opentelemetry/api', 'json-schema-to-typescript'];
/** Of that, and of what is required as it is, what has hundreds of modules: a program finds them in one file. */
const LARGE = [
  '@aws-sdk/client-kms',
  '@aws-sdk/client-s3',
  '@aws-sdk/s3-presigned-post',
  '@aws-sdk/s3-request-presigner',
  'ajv/dist/2020.js',
];

/** Needs what is large. */
const FIRST_CONFIG = `
ledger: { memory: true }
stores: { s: { bucket: files, region: eu-central-1 } }
purposes:
  p: { audience: a, lifetime: 5m, claims: { type: object, properties: { list: { type: array } } } }
  q: { audience: a, lifetime: 5m, opens: { s3: { store: s, key: '{subject}' } } }
`;

export type Program = (typeof PROGRAMS)[number];

let bundled: string | undefined;
let compiled: string | undefined;

/**
 * The file that Node runs for a program of `src/`. The first call of a run, in whichever worker, bundles all of them with their
 * packages: a process that finds some thousand modules by itself takes three times as long to start, one that also compiles
 * them ten times, and a run starts hundreds. test/packaging starts what is published.
 */
export function programFile(name: Program): string {
  return join(programFolder(), 'dist', 'assembly', `${basename(name)}.js`);
}

/** The same with each module and package in files of its own, as what hooks into packages needs it. */
export function moduleFile(name: string): string {
  compiled ??= onceInRun('modules', compile);
  return join(compiled, 'dist', `${name}.js`);
}

/** A module of TypeScript, bundled as the programs are, for a process of its own or to be imported by one. */
export function scriptFile(path: string): string {
  const outfile = join(programFolder(), 'dist', 'scripts', `${basename(path, '.ts')}.mjs`);
  if (!existsSync(outfile)) {
    // Another worker may be about to make the same.
    const made = `${outfile}.${process.pid}`;
    buildSync({
      ...{ entryPoints: [path], outfile: made, external: NOT_BUNDLED },
      ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error' },
      banner: {
        js: "import { createRequire as from } from 'node:module'; const require = from(import.meta.url);",
      },
    });
    renameSync(made, outfile);
  }
  return outfile;
}

/** The folder that programs take for their own: it has the configuration that comes with them. */
export function programFolder(): string {
  bundled ??= onceInRun('program', bundle);
  return bundled;
}

/** Makes a folder like this one, without `dist/`. */
function likeProject(folder: string): void {
  for (const name of ['node_modules', 'config', 'package.json']) {
    symlinkSync(join(ROOT, name), join(folder, name));
  }
}

function bundle(folder: string): void {
  likeProject(folder);
  const dist = join(folder, 'dist');
  for (const name of PROGRAMS) {
    // As deep as the modules that look for files beside themselves.
    const file = join(dist, 'assembly', `${basename(name)}.js`);
    buildSync({
      ...{ entryPoints: [join(ROOT, 'src', `${name}.ts`)], outfile: wholeOf(file) },
      ...{ bundle: true, platform: 'node', format: 'cjs' },
      // What is loaded only when it is needed. What V8 has kept of a program cannot import, so that requires it.
      ...{ supported: { 'dynamic-import': false } },
      external: NOT_BUNDLED,
      ...{ minifySyntax: true, minifyWhitespace: true, target: 'node20', logLevel: 'error' },
      define: { 'import.meta.url': 'urlOfThis' },
      banner: { js: "const urlOfThis = require('node:url').pathToFileURL(__filename).href;" },
    });
    copyFileSync(STARTER, file);
  }
  bundlePackages(join(dist, 'assembly'));
  writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }');
  keepCompiled(folder, 'main', []);
  keepCompiled(folder, 'command-line', ['--help']);
}

/** Puts packages beside the programs, where they are found before those of the project. Each is read when it is asked for. */
function bundlePackages(folder: string): void {
  const file = join(folder, 'packages.js');
  const getters = LARGE.map((name) => `get ${JSON.stringify(name)}() { return require('${name}'); }`);
  buildSync({
    stdin: { contents: `module.exports = { ${getters.join()} };`, resolveDir: ROOT },
    ...{ outfile: wholeOf(file), bundle: true, platform: 'node', format: 'cjs', target: 'node20' },
    ...{
      supported: { 'dynamic-import': false },
      minifySyntax: true,
      minifyWhitespace: true,
      logLevel: 'error',
    },
  });
  copyFileSync(STARTER, file);
  for (const name of LARGE) {
    const place = join(folder, 'node_modules', name.endsWith('.js') ? name : `${name}/index.js`);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(
      place,
      `module.exports = require(${JSON.stringify(relative(dirname(place), file))})[${JSON.stringify(name)}];`,
    );
  }
}

function wholeOf(file: string): string {
  return file.replace(/js$/, 'whole.js');
}

/** Starts a program once, so that what V8 makes of it is there for those that the tests start. Nobody waits for it. */
function keepCompiled(folder: string, name: string, args: readonly string[]): void {
  const own = join(folder, `first-${name}`);
  mkdirSync(own);
  const config = join(own, 'matchstick.yaml');
  writeFileSync(config, FIRST_CONFIG);
  spawn(process.execPath, [join(folder, 'dist', 'assembly', `${name}.js`), ...args], {
    cwd: own,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, KEEP_COMPILED: '2000', PORT: '0', HOST: '', MATCHSTICK_CONFIG: config },
  }).unref();
}

function compile(folder: string): void {
  likeProject(folder);
  const project = ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')];
  const quickly = ['--noCheck', '--declaration', 'false', '--sourceMap', 'false', '--singleThreaded'];
  const tsc = spawnSync(process.execPath, [TSC, ...project, ...quickly], { encoding: 'utf8' });
  if (tsc.status !== 0) throw new Error(`src/ does not compile:\n${tsc.stdout}`);
}
