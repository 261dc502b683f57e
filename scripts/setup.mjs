// Makes a fresh clone ready. Needs nothing but Node itself: `npm start` and `npm test` run it first.
//   node scripts/setup.mjs build   dependencies, and dist/ when a source is newer
//   node scripts/setup.mjs test    dependencies, and the servers that the tests run against
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findLibfaketime } from './libfaketime.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => join(root, ...parts);

requireNode(20, 19);
installDependencies();
if (process.argv[2] === 'build') build();
else if (process.argv[2] === 'test') requireTestServers();
else fail('usage: node scripts/setup.mjs build|test');

function requireNode(major, minor) {
  const [haveMajor = 0, haveMinor = 0] = process.versions.node.split('.').map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  fail(`Matchstick needs Node ${major}.${minor} or newer; this is ${process.versions.node}.`);
}

function installDependencies() {
  const installed = modifiedAt(at('node_modules', '.package-lock.json'));
  if (installed !== undefined && installed >= (modifiedAt(at('package-lock.json')) ?? 0)) return;
  console.error('Installing dependencies …');
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
}

function build() {
  const inputs = [...filesUnder(at('src')), at('tsconfig.json'), at('tsconfig.build.json')];
  const newest = Math.max(...inputs.map((file) => modifiedAt(file) ?? 0));
  if ((modifiedAt(at('dist', 'main.js')) ?? 0) > newest) return;
  console.error('Building …');
  rmSync(at('dist'), { recursive: true, force: true });
  run(process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), '-p', at('tsconfig.build.json')]);
  cpSync(at('src', 'redis', 'scripts'), at('dist', 'redis', 'scripts'), { recursive: true });
}

function requireTestServers() {
  requireRedisServer();
  requireLibfaketime();
}

function requireRedisServer() {
  const program = process.env.REDIS_SERVER ?? 'redis-server';
  if (answersVersion(program)) return;
  if (process.env.REDIS_SERVER) fail(`REDIS_SERVER is ${program}, which does not run.`);
  installPackage('redis-server');
  if (!answersVersion(program)) {
    fail(
      'The tests run against a real Redis, and there is no redis-server on the PATH.\n' +
        'Install Redis 7 or newer (Debian: apt-get install redis-server), or name one: REDIS_SERVER=/path/to/redis-server npm test',
    );
  }
}

/** The tests set the clocks of Redis servers with it. */
function requireLibfaketime() {
  if (findLibfaketime()) return;
  if (process.env.LIBFAKETIME) fail(`LIBFAKETIME is ${process.env.LIBFAKETIME}, which is not there.`);
  installPackage('libfaketime');
  if (!findLibfaketime()) {
    fail(
      'The tests set the clocks of Redis servers, and there is no libfaketime.\n' +
        'Install it (Debian: apt-get install libfaketime), or name it: LIBFAKETIME=/path/to/libfaketime.so.1 npm test',
    );
  }
}

function installPackage(name) {
  console.error(`Installing ${name} for the tests …`);
  const apt = aptGet();
  if (!apt) return;
  apt(['update', '-q']);
  apt(['install', '-q', '-y', '--no-install-recommends', name]);
}

/** apt-get with the rights it needs, or undefined where there is no such way. */
function aptGet() {
  if (spawnSync('apt-get', ['--version']).status !== 0) return undefined;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && spawnSync('sudo', ['-n', 'true']).status !== 0) return undefined;
  const [program, ...first] = isRoot ? ['apt-get'] : ['sudo', '-n', 'apt-get'];
  return (args) => spawnSync(program, [...first, ...args], { stdio: ['ignore', 2, 2], env });
}

function answersVersion(program) {
  return spawnSync(program, ['--version']).status === 0;
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function modifiedAt(file) {
  return existsSync(file) ? statSync(file).mtimeMs : undefined;
}

function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) fail(`${program} ${args[0]} did not succeed${error ? `: ${error.message}` : ''}.`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
