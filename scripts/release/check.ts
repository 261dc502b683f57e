// npm run release:check -- [check …] [--strict]
// Checks what a release rests on, one line per check, and ends with 1 if one failed. With --strict, a check that could not
// be made fails too, and so does a version without a date.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildInto } from '../build.mjs';
import { auditProblems, countOf } from './audit.ts';
import { bomProblems, parseBom } from './bom.ts';
import { sectionOf } from './changelog.ts';
import { DEVELOPMENT_SCRIPTS, installScriptProblems } from './install-scripts.ts';
import { licenseProblems } from './licenses.ts';
import { parseLockfile, parseManifest, shippedPackages } from './lockfile.ts';
import { audit, bomText, inShippedProject, packedFiles } from './npm.ts';
import { lineOf, type Outcome, outcomeOf } from './outcome.ts';
import { agreementProblems, entryProblems, npmrcProblems, pinProblems } from './pins.ts';
import { tarballProblems } from './tarball.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const CHECKS: Readonly<Record<string, () => Outcome>> = {
  worktree: () => {
    const env = { ...process.env, LC_ALL: 'C' };
    const { status, stdout, stderr } = spawnSync('git', ['status', '--porcelain'], {
      cwd: ROOT,
      encoding: 'utf8',
      env,
    });
    if (status !== 0) return { outcome: 'not checked', why: stderr?.trim() || 'git cannot be started' };
    const changes = stdout.split('\n').filter((line) => line !== '');
    return outcomeOf(changes, 'nothing is uncommitted');
  },

  version: () => {
    const { version } = manifest();
    const section = sectionOf(version, read('CHANGELOG.md'));
    if (!section.ok) return outcomeOf([section.problem], '');
    if (section.date !== undefined) return outcomeOf([], `${version} of ${section.date}, in CHANGELOG.md`);
    const unreleased = `${version} is unreleased in CHANGELOG.md`;
    return outcomeOf(values.strict ? [`${unreleased}: write the date`] : [], unreleased);
  },

  pins: () => {
    const { dependencies, devDependencies } = manifest();
    const count = Object.keys({ ...dependencies, ...devDependencies }).length;
    return outcomeOf(pinProblems(manifest()), `${count} dependencies have an exact version`);
  },

  lockfile: () =>
    outcomeOf(
      [
        ...agreementProblems(manifest(), lockfile()),
        ...entryProblems(lockfile()),
        ...npmrcProblems(read('.npmrc')),
      ],
      `agrees with package.json; ${Object.keys(lockfile().packages).length - 1} packages, each from the registry and with a hash`,
    ),

  'install-scripts': () =>
    outcomeOf(
      installScriptProblems(manifest(), lockfile()),
      `none is shipped; in development: ${Object.keys(DEVELOPMENT_SCRIPTS).join(', ')}`,
    ),

  licenses: () => {
    const { components } = parseBom(JSON.parse(inShippedProject(ROOT, bomText)));
    const found = new Set(components.flatMap(({ licenses }) => licenses));
    return outcomeOf(
      licenseProblems(components),
      `${components.length} packages: ${[...found].sort().join(', ')}`,
    );
  },

  sbom: () => {
    const { name } = manifest();
    const text = inShippedProject(ROOT, bomText);
    const file = join(ROOT, 'release', `${name}.cdx.json`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    const shipped = shippedPackages(lockfile());
    const detail = `${relative(ROOT, file)} has the ${shipped.packages.size} packages that are shipped`;
    return outcomeOf(bomProblems(parseBom(JSON.parse(text)), shipped), detail);
  },

  audit: () => {
    const shipped = inShippedProject(ROOT, audit);
    if (!shipped.answered) return { outcome: 'not checked', why: shipped.why };
    const all = audit(ROOT);
    const inDevelopment = all.answered ? countOf(all.advisories) : all.why;
    return outcomeOf(
      auditProblems(shipped.advisories),
      `advisories for what is shipped: ${countOf(shipped.advisories)}; with development packages: ${inDevelopment}`,
    );
  },

  tarball: () => {
    buildInto(join(ROOT, 'dist'));
    const files = packedFiles(ROOT);
    return outcomeOf(
      tarballProblems(files, ROOT),
      `${files.length} files, with no test, no source map, no secret and no path of this machine`,
    );
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { strict: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(CHECKS, name));
if (unknown.length > 0) {
  console.error(`There is no check ${unknown.join(', ')}. The checks are: ${Object.keys(CHECKS).join(', ')}`);
  process.exit(2);
}

for (const [name, check] of Object.entries(CHECKS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const outcome = outcomeOrFault(check);
  console.log(lineOf(name, outcome));
  if (outcome.outcome === 'failed' || (values.strict && outcome.outcome === 'not checked'))
    process.exitCode = 1;
}

/** A check that breaks off has failed. */
function outcomeOrFault(check: () => Outcome): Outcome {
  try {
    return check();
  } catch (error) {
    return outcomeOf([error instanceof Error ? error.message : String(error)], '');
  }
}

function manifest() {
  return parseManifest(JSON.parse(read('package.json')));
}

function lockfile() {
  return parseLockfile(JSON.parse(read('package-lock.json')));
}
