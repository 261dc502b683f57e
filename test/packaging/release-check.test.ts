import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { expect } from 'chai';
import { type Manifest, parseManifest } from '../../scripts/release/lockfile.ts';
import { runChecks } from '../../scripts/release/run.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { firstOf, SOAKS } from '../support/soak.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('npm run release:check', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let manifest: Manifest;
  before(async () => {
    manifest = parseManifest(await readFile(join(ROOT, 'package.json'), 'utf8'));
  });

  it('ends with 0 and one line for each check that was asked for', async () => {
    const { exitCode, printed } = await releaseCheck(ROOT, ['pins', 'licenses']);
    expect(exitCode, printed).to.equal(0);
    expect(printed).to.match(/^ok +pins .+\nok +licenses .+\n$/);
  });

  it('ends with 1 and names what failed', async () => {
    const copy = await copyOfProject();
    const loose = { ...manifest, dependencies: { ...manifest.dependencies, jose: '^6.0.0' } };
    await writeFile(join(copy, 'package.json'), JSON.stringify(loose));
    const { exitCode, printed } = check(copy, ['version', 'pins']);
    expect(exitCode).to.equal(1);
    expect(printed)
      .to.match(/^ok +version /)
      .and.include('jose@^6.0.0 in package.json is no exact version');
  });

  it('ends with 1 for a file that cannot be read', async () => {
    const copy = await copyOfProject();
    await writeFile(join(copy, 'package-lock.json'), '{ "lockfileVersion": 1 }');
    const { exitCode, printed } = check(copy, ['lockfile']);
    expect(exitCode).to.equal(1);
    expect(printed).to.match(
      /^failed +lockfile +1 problem\n +package-lock.json has lockfileVersion 1, .+\n$/,
    );
  });

  it('writes the SBOM', async () => {
    const copy = await copyOfProject();
    const { exitCode, printed } = check(copy, ['sbom']);
    expect(exitCode, printed).to.equal(0);
    const written = JSON.parse(await readFile(join(copy, 'release', 'matchstick-tokens.cdx.json'), 'utf8'));
    expect(written).to.include({ bomFormat: 'CycloneDX', specVersion: '1.5' });
    expect(written.components.length).to.be.greaterThan(100);
  });

  for (const [what, entry, problem] of firstOf([
    ['is not right', { integrity: undefined }, 'the SBOM has another hash for jose'],
    ['cannot be made', { dependencies: { absent: '1.0.0' } }, 'npm'],
  ] as const)) {
    it(`leaves no SBOM behind that ${what}, and none of before`, async () => {
      const copy = await copyOfProject();
      const file = join(copy, 'release', 'matchstick-tokens.cdx.json');
      const lockfile = JSON.parse(await readFile(join(copy, 'package-lock.json'), 'utf8'));
      Object.assign(lockfile.packages['node_modules/jose'], entry);
      await writeFile(join(copy, 'package-lock.json'), JSON.stringify(lockfile));
      await mkdir(join(copy, 'release'));
      await writeFile(file, '{}');
      const { exitCode, printed } = check(copy, ['sbom']);
      expect(exitCode).to.equal(1);
      expect(printed)
        .to.match(/^failed +sbom /)
        .and.include(problem);
      expect(existsSync(file)).to.equal(false);
    });
  }

  it('finds what the lockfile hides from npm ci --omit=dev, and what nothing depends on', async () => {
    const copy = await copyOfProject();
    const lockfile = JSON.parse(await readFile(join(copy, 'package-lock.json'), 'utf8'));
    const jose = lockfile.packages['node_modules/jose'];
    lockfile.packages['node_modules/phantom'] = { ...jose };
    jose.dev = true;
    await writeFile(join(copy, 'package-lock.json'), JSON.stringify(lockfile));
    const { exitCode, printed } = check(copy, ['lockfile']);
    expect(exitCode).to.equal(1);
    expect(printed)
      .to.include('node_modules/phantom is in package-lock.json, but nothing depends on it')
      .and.include('node_modules/jose is marked "dev", but users need it');
  });

  it('says what could not be checked, which fails when it is strict', async () => {
    const copy = await copyOfProject();
    const lenient = check(copy, ['worktree']);
    expect(lenient.exitCode).to.equal(0);
    expect(lenient.printed).to.match(/^not checked +worktree +fatal: not a git repository/);
    expect(check(copy, ['worktree', '--strict']).exitCode).to.equal(1);
  });

  it('asks for the date of a version when it is strict', async () => {
    const copy = await copyOfProject();
    const changelog = (when: string) =>
      writeFile(join(copy, 'CHANGELOG.md'), `## ${manifest.version} (${when})\n`);
    await changelog('unreleased');
    expect(check(copy, ['version']).exitCode).to.equal(0);
    expect(check(copy, ['version', '--strict']).exitCode).to.equal(1);
    await changelog('2026-01-31');
    expect(check(copy, ['version', '--strict']).exitCode).to.equal(0);
  });

  it('knows its checks', async () => {
    const { exitCode, printed } = check(ROOT, ['license']);
    expect(exitCode).to.equal(2);
    expect(printed).to.include('There is no check license (did you mean licenses?).').and.include('tarball');
  });

  for (const [args, problem] of [
    [['--strct'], 'There is no option --strct (did you mean --strict?). The only option is --strict.'],
    [['pins', '-x'], 'There is no option -x. The only option is --strict.'],
    [
      ['--strict=yes', 'pins'],
      'There is no option --strict=yes (did you mean --strict?). The only option is --strict.',
    ],
  ] as const) {
    it(`knows its options, and nothing is checked with others: ${args.join(' ')}`, () => {
      expect(check(ROOT, args)).to.deep.equal({ exitCode: 2, printed: `${problem}\n` });
    });
  }

  it('fails when the registry knows a grave vulnerability of an optional peer', async () => {
    const { exitCode, printed } = await releaseCheck(ROOT, ['audit'], await registryWithAdvisory('express'));
    expect(printed).to.include('express has a high vulnerability');
    expect(exitCode).to.equal(1);
  });

  if (SOAKS)
    it('reports one of a development package, but does not fail', async () => {
      const { exitCode, printed } = await releaseCheck(ROOT, ['audit'], await registryWithAdvisory('mocha'));
      expect(printed).to.match(/^ok +audit .*shipped: none; with development packages: 1 high/);
      expect(exitCode).to.equal(0);
    });

  it('says that it did not audit when there is no registry', async () => {
    const { npm_config_registry: before } = process.env;
    process.env.npm_config_registry = 'http://127.0.0.1:9/';
    onTestEnd(() => {
      if (before === undefined) delete process.env.npm_config_registry;
      else process.env.npm_config_registry = before;
    });
    const { exitCode, printed } = check(ROOT, ['audit']);
    expect(printed).to.match(/^not checked +audit +the registry has no audit answer/);
    expect(exitCode).to.equal(0);
  });

  async function copyOfProject(): Promise<string> {
    const copy = await mkdtemp(join(tmpdir(), 'matchstick-release-'));
    onClose(() => rm(copy, { recursive: true, force: true }));
    for (const name of ['scripts', 'package.json', 'package-lock.json', '.npmrc', 'CHANGELOG.md']) {
      await cp(join(ROOT, name), join(copy, name), { recursive: true });
    }
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    return copy;
  }

  /** A registry that answers audits, and knows one vulnerable package. */
  async function registryWithAdvisory(name: string): Promise<NodeJS.ProcessEnv> {
    const server = createServer(async (req, res) => {
      if (req.method !== 'POST') {
        res.writeHead(404).end('{}');
        return;
      }
      const isZipped = req.headers['content-encoding'] === 'gzip';
      const asked = JSON.stringify(await json(isZipped ? req.pipe(createGunzip()) : req));
      const advisory = { id: 1, title: 'made up', severity: 'high', vulnerable_versions: '*', cwe: [] };
      res.setHeader('Content-Type', 'application/json');
      res.end(JSON.stringify(asked.includes(`"${name}":`) ? { [name]: [advisory] } : {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onClose(() => server.close());
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the registry has no port');
    return { npm_config_registry: `http://127.0.0.1:${address.port}/` };
  }
});

/** In this process. */
function check(folder: string, args: readonly string[]) {
  const printed: string[] = [];
  const print = (line: string) => printed.push(`${line}\n`);
  const exitCode = runChecks(folder, args, { log: print, error: print });
  return { exitCode, printed: printed.join('') };
}

/** By the command itself. */
async function releaseCheck(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const program = ['--import', 'tsx', 'scripts/release/check.ts', ...args];
  const options = { cwd: folder, env: { ...process.env, ...env } };
  return new Promise<{ readonly exitCode: unknown; readonly printed: string }>((resolve) => {
    execFile(process.execPath, program, options, (error, stdout, stderr) =>
      resolve({ exitCode: error ? error.code : 0, printed: stdout + stderr }),
    );
  });
}
