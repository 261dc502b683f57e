import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { buildInto } from '../build.mjs';
import { auditProblems, countOf } from './audit.ts';
import { bomProblems, parseBom } from './bom.ts';
import { sectionOf } from './changelog.ts';
import { graphProblems } from './graph.ts';
import { DEVELOPMENT_SCRIPTS, installScriptProblems } from './install-scripts.ts';
import { licenseProblems } from './licenses.ts';
import { parseLockfile, parseManifest, shippedPackages } from './lockfile.ts';
import { audit, bomText, inShippedProject, packedFiles } from './npm.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { agreementProblems, entryProblems, npmrcProblems, pinProblems } from './pins.ts';
import { tarballProblems } from './tarball.ts';

/**
 * Each check of a project's folder by its name, in the order in which they are made. A strict one also asks for what only a
 * release has. They throw for a file that cannot be read.
 */
export function checksOf(root: string, isStrict: boolean): Readonly<Record<string, () => Outcome>> {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const manifest = () => parseManifest(read('package.json'));
  const lockfile = () => parseLockfile(read('package-lock.json'));
  return {
    worktree: () => {
      const env = { ...process.env, LC_ALL: 'C' };
      const { status, stdout, stderr } = spawnSync('git', ['status', '--porcelain'], {
        cwd: root,
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
      return outcomeOf(isStrict ? [`${unreleased}: write the date`] : [], unreleased);
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
          ...graphProblems(lockfile()),
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
      const { components } = parseBom(JSON.parse(inShippedProject(root, bomText)));
      const found = new Set(components.flatMap(({ licenses }) => licenses));
      return outcomeOf(
        licenseProblems(components),
        `${components.length} packages: ${[...found].sort().join(', ')}`,
      );
    },

    sbom: () => {
      const file = join(root, 'release', `${manifest().name}.cdx.json`);
      // Nobody must take a file of before for the result of a check that failed.
      rmSync(file, { force: true });
      const text = inShippedProject(root, bomText);
      const shipped = shippedPackages(lockfile());
      const problems = bomProblems(parseBom(JSON.parse(text)), shipped);
      if (problems.length === 0) {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
      const detail = `${relative(root, file)} has the ${shipped.packages.size} packages that are shipped`;
      return outcomeOf(problems, detail);
    },

    audit: () => {
      const shipped = inShippedProject(root, audit);
      if (!shipped.answered) return { outcome: 'not checked', why: shipped.why };
      const all = audit(root);
      const inDevelopment = all.answered ? countOf(all.advisories) : all.why;
      return outcomeOf(
        auditProblems(shipped.advisories),
        `advisories for what is shipped: ${countOf(shipped.advisories)}; with development packages: ${inDevelopment}`,
      );
    },

    tarball: () => {
      buildInto(join(root, 'dist'));
      const files = packedFiles(root);
      return outcomeOf(
        tarballProblems(files, root),
        `${files.length} files, with no test, no source map, no secret and no path of this machine`,
      );
    },
  };
}
