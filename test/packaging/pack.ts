import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildInto } from '../../scripts/build.mjs';
import { type Locked, needsOf, parseLockfile, reachedFrom } from '../../scripts/release/lockfile.ts';
import { startChild } from '../support/child.ts';
import { SOAKS } from '../support/soak.ts';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The package as npm would publish it. */
export interface Packed {
  readonly tarball: string;
  readonly files: readonly string[];
  close(): Promise<void>;
}

/** Builds in a folder of its own, whatever dist/ holds, and packs there. */
export async function pack(): Promise<Packed> {
  const folder = await mkdtemp(join(tmpdir(), 'matchstick-packed-'));
  const source = join(folder, 'source');
  // The types are looked at by `npm run check`. What is written does not depend on it.
  buildInto(join(source, 'dist'), SOAKS ? [] : ['--noCheck']);
  // What package.json lets in, and something that it must leave out.
  for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md']) {
    await cp(at(name), join(source, name));
  }
  for (const name of ['config', 'deploy', 'docs', 'test/packaging']) {
    await cp(at(name), join(source, name), { recursive: true });
  }
  const printed = await run(
    source,
    'npm',
    'pack',
    '--ignore-scripts',
    '--json',
    '--pack-destination',
    folder,
  );
  const [{ filename, files }] = JSON.parse(printed.slice(printed.indexOf('[\n')));
  return {
    tarball: join(folder, filename),
    files: files.map(({ path }: { readonly path: string }) => path),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Another project, which has the package, its dependencies and optional peers, and nothing else. */
export interface Project {
  readonly folder: string;
  /** Where the package is. */
  readonly package: string;
  close(): Promise<void>;
}

/** Has all peers, unless some are named. Nothing is fetched: the dependencies are those of this repository. */
export async function installIn({ tarball }: Packed, peers?: readonly string[]): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'matchstick-project-'));
  const installed = join(folder, 'node_modules', 'matchstick-tokens');
  await mkdir(installed, { recursive: true });
  await run(installed, 'tar', '-xzf', tarball, '--strip-components=1');
  const { dependencies, peerDependencies } = JSON.parse(
    await readFile(join(installed, 'package.json'), 'utf8'),
  );
  for (const name of [...Object.keys(dependencies), ...(peers ?? Object.keys(peerDependencies))]) {
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(at(`node_modules/${name}`), link);
  }
  return { folder, package: installed, close: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * The package alone, with copies of what it depends on and without any peer: as `npm install` in an empty folder has it,
 * which the README's first use does with npm itself.
 */
export async function installAlone({ tarball }: Packed): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'matchstick-installed-'));
  const close = () => rm(folder, { recursive: true, force: true });
  const installed = join(folder, 'node_modules', 'matchstick-tokens');
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true }));
  if (SOAKS) {
    await run(folder, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball);
    return { folder, package: installed, close };
  }
  await mkdir(installed, { recursive: true });
  await run(installed, 'tar', '-xzf', tarball, '--strip-components=1');
  const lockfile = parseLockfile(await readFile(at('package-lock.json'), 'utf8'));
  const needs = (entry: Locked) => needsOf(entry).filter(({ isPeer, isOptional }) => !isPeer || !isOptional);
  const own = lockfile.packages[''];
  const { packages } = reachedFrom(own ? needs(own) : [], lockfile, needs);
  for (const location of packages.keys()) {
    await cp(at(location), join(folder, location), { recursive: true });
  }
  return { folder, package: installed, close };
}

/** Runs a program to its end in a folder, and gives what it printed. Rejects when it did not succeed. */
export async function run(folder: string, program: string, ...args: readonly string[]): Promise<string> {
  const child = startChild(program, args, { cwd: folder });
  const exitCode = await child.exited();
  if (exitCode !== 0) throw new Error(`${program} ${args[0]} ended with ${exitCode}:\n${child.output()}`);
  return child.output();
}
