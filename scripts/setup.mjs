// Makes a fresh clone ready. Needs nothing but Node itself: `npm start`, `npm run demo` and `npm test` run it first.
//   node scripts/setup.mjs dependencies
//   node scripts/setup.mjs build          and dist/ when a source is newer
//   node scripts/setup.mjs test           and the servers that the tests run against
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildInto } from './build.mjs';
import { TEST_TOOLS } from './test-tools.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => join(root, ...parts);

requireNode(20, 19);
installDependencies();
if (process.argv[2] === 'build') build();
else if (process.argv[2] === 'test') requireTestTools();
else if (process.argv[2] !== 'dependencies') fail('usage: node scripts/setup.mjs dependencies|build|test');

function requireNode(major, minor) {
  const [haveMajor = 0, haveMinor = 0] = process.versions.node.split('.').map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  fail(`Matchstick needs Node ${major}.${minor} or newer; this is ${process.versions.node}.`);
}

function installDependencies() {
  const installed = modifiedAt(at('node_modules', '.package-lock.json'));
  if (installed !== undefined && installed >= (modifiedAt(at('package-lock.json')) ?? 0)) return;
  console.error('Installing dependencies …');
  run('npm', ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
}

function build() {
  const configs = ['tsconfig.json', 'tsconfig.build.json', 'scripts/build.mjs'].map((name) => at(name));
  const inputs = [...filesUnder(at('src')), ...configs];
  const newest = Math.max(...inputs.map((file) => modifiedAt(file) ?? 0));
  if ((modifiedAt(at('dist', 'main.js')) ?? 0) > newest) return;
  console.error('Building …');
  try {
    buildInto(at('dist'));
  } catch (error) {
    // Half a build must not pass for one the next time.
    rmSync(at('dist'), { recursive: true, force: true });
    fail(error.message);
  }
}

function requireTestTools() {
  const missing = TEST_TOOLS.filter(({ isThere }) => !isThere());
  for (const { variable } of missing) {
    if (process.env[variable]) fail(`${variable} is ${process.env[variable]}, which cannot be used.`);
  }
  if (missing.length > 0) installPackages(missing.flatMap(({ packages }) => packages));
  const stillMissing = missing.filter(({ isThere }) => !isThere());
  if (stillMissing.length > 0) fail(stillMissing.map((tool) => tool.missing).join('\n\n'));
}

function installPackages(names) {
  console.error(`Installing ${names.join(', ')} for the tests …`);
  const apt = aptGet();
  if (!apt) return;
  apt(['update', '-q']);
  apt(['install', '-q', '-y', '--no-install-recommends', ...names]);
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
