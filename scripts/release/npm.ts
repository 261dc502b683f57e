import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Audit, parseAudit } from './audit.ts';
import { reproducible } from './bom.ts';
import { parseManifest } from './lockfile.ts';
import type { PackedFile } from './tarball.ts';

const PACKED = z.tuple([z.object({ files: z.array(z.object({ path: z.string() })) })]);
const PATIENCE_MS = 120_000;

/**
 * The project as users install it, in a folder of its own: without development packages, and with the optional peers, in
 * the versions that the lockfile has. npm itself prunes the lockfile. Needs no network.
 *
 * `npm sbom --omit dev` in the repository would not do: it leaves out what is used in development too (npm/cli#7909).
 */
export function inShippedProject<T>(root: string, use: (folder: string) => T): T {
  const temporary = mkdtempSync(join(tmpdir(), 'matchstick-shipped-'));
  try {
    const text = readFileSync(join(root, 'package.json'), 'utf8');
    const { name, devDependencies, peerDependencies } = parseManifest(text);
    const manifest = JSON.parse(text);
    // npm names the SBOM's subject after the folder.
    const folder = join(temporary, name);
    mkdirSync(folder);
    const peers = Object.keys(peerDependencies).map((peer) => [peer, devDependencies[peer]]);
    const {
      devDependencies: _,
      peerDependencies: __,
      peerDependenciesMeta: ___,
      scripts: ____,
      ...rest
    } = manifest;
    const shipped = { ...rest, optionalDependencies: Object.fromEntries(peers) };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(shipped));
    for (const file of ['package-lock.json', '.npmrc']) copyFileSync(join(root, file), join(folder, file));
    npm(folder, 'prune', '--package-lock-only', '--offline', '--ignore-scripts', '--no-audit', '--no-fund');
    return use(folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** The CycloneDX document of a project, by `npm sbom`. Two runs of one npm give the same text. */
export function bomText(folder: string): string {
  const args = ['--package-lock-only', '--sbom-format', 'cyclonedx', '--include', 'optional'];
  return `${JSON.stringify(reproducible(JSON.parse(npm(folder, 'sbom', ...args))), null, 2)}\n`;
}

/** What the registry knows about the packages of a project's lockfile. */
export function audit(folder: string): Audit {
  const options = ['--json', '--package-lock-only', '--fetch-retries=0', '--fetch-timeout=30000'];
  // It ends with 1 whether it found something or got no answer: what it printed tells.
  return parseAudit(JSON.parse(npmPrinted(folder, ['audit', ...options]).stdout));
}

/** Every file that `npm pack` would take, as it is in the folder now. */
export function packedFiles(root: string): readonly PackedFile[] {
  const [{ files }] = PACKED.parse(JSON.parse(npm(root, 'pack', '--dry-run', '--json', '--ignore-scripts')));
  return files.map(({ path }) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

function npm(folder: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = npmPrinted(folder, args);
  if (status !== 0) throw new Error(`npm ${args[0]} did not succeed: ${stderr.trim()}`);
  return stdout;
}

function npmPrinted(folder: string, args: readonly string[]) {
  const done = spawnSync('npm', args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: PATIENCE_MS,
    maxBuffer: 64 * 2 ** 20,
  });
  if (done.error) throw new Error(`npm ${args[0]} did not end: ${done.error.message}`);
  return done;
}
