import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { auditProblems, countOf, parseAudit } from '../../scripts/release/audit.ts';
import { type Bom, bomProblems, parseBom } from '../../scripts/release/bom.ts';
import { sectionOf } from '../../scripts/release/changelog.ts';
import { graphProblems } from '../../scripts/release/graph.ts';
import { installScriptProblems } from '../../scripts/release/install-scripts.ts';
import { licenseProblems } from '../../scripts/release/licenses.ts';
import {
  type Lockfile,
  type Manifest,
  parseLockfile,
  parseManifest,
  shippedPackages,
} from '../../scripts/release/lockfile.ts';
import { bomText, inShippedProject } from '../../scripts/release/npm.ts';
import { agreementProblems, entryProblems, npmrcProblems, pinProblems } from '../../scripts/release/pins.ts';
import { tarballProblems } from '../../scripts/release/tarball.ts';
import { PATIENCE_MS } from '../support/patience.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFile(join(ROOT, path), 'utf8');

/** A project in which nothing is wrong. It ships `needed`, `deep` below it, and `peer`, an optional one. */
const HASH_BYTES = Buffer.alloc(64, 1);
const HASH = `sha512-${HASH_BYTES.toString('base64')}`;
const LOCKED = { version: '1.0.0', integrity: HASH };
const SECTIONS = {
  dependencies: { needed: '1.0.0' },
  devDependencies: {
    tool: '1.0.0',
    peer: '1.0.0',
    esbuild: '0.28.2',
    '@parcel/watcher': '1.0.0',
    '@scarf/scarf': '1.0.0',
  },
  peerDependencies: { peer: '^1.0.0' },
};
const GOOD_MANIFEST = { name: 'made-up', version: '1.2.3', scripts: { test: 'mocha' }, ...SECTIONS };
const GOOD_PACKAGES = {
  '': { name: 'made-up', version: '1.2.3', ...SECTIONS },
  'node_modules/needed': { ...LOCKED, dependencies: { deep: '^1.0.0' } },
  'node_modules/needed/node_modules/deep': LOCKED,
  'node_modules/deep': { ...LOCKED, version: '2.0.0', dev: true },
  'node_modules/tool': { ...LOCKED, dev: true, dependencies: { deep: '^2.0.0' } },
  'node_modules/peer': { ...LOCKED, dev: true },
  'node_modules/esbuild': { ...LOCKED, dev: true, version: '0.28.2', hasInstallScript: true },
  'node_modules/@parcel/watcher': { ...LOCKED, dev: true, hasInstallScript: true },
  'node_modules/@scarf/scarf': { ...LOCKED, dev: true, hasInstallScript: true },
};
const goodManifest = manifestWith({});
const goodLockfile = lockfileWith({});

describe('the supply chain', () => {
  let manifest: Manifest;
  let lockfile: Lockfile;
  before(async () => {
    manifest = parseManifest(await read('package.json'));
    lockfile = parseLockfile(await read('package-lock.json'));
  });

  describe('versions', () => {
    it('are exact, and the lockfile agrees and has a hash for each package', async () => {
      expect(pinProblems(manifest)).to.deep.equal([]);
      expect(agreementProblems(manifest, lockfile)).to.deep.equal([]);
      expect(entryProblems(lockfile)).to.deep.equal([]);
      expect(graphProblems(lockfile)).to.deep.equal([]);
      expect(npmrcProblems(await read('.npmrc'))).to.deep.equal([]);
    });

    it('pass where nothing is wrong', () => {
      expect(pinProblems(goodManifest)).to.deep.equal([]);
      expect(agreementProblems(goodManifest, goodLockfile)).to.deep.equal([]);
      expect(entryProblems(goodLockfile)).to.deep.equal([]);
      expect(graphProblems(goodLockfile)).to.deep.equal([]);
    });

    for (const version of [
      '^1.0.0',
      '~1.0.0',
      '1.x',
      '*',
      'latest',
      '1.0',
      'npm:other@^1.0.0',
      'github:a/b',
    ]) {
      it(`are not exact as ${version}`, () => {
        for (const section of ['dependencies', 'devDependencies'] as const) {
          const changed = manifestWith({ [section]: { ...SECTIONS[section], needed: version } });
          expect(pinProblems({ ...changed, dependencies: { ...changed[section] } })).to.deep.equal([
            `needed@${version} in package.json is no exact version`,
          ]);
        }
      });
    }

    it('are exact for another name of a package', () => {
      const aliased = manifestWith({ dependencies: { needed: 'npm:@scope/other@1.0.0-rc.1' } });
      expect(pinProblems(aliased)).to.deep.equal([]);
    });

    it('are tested for each peer', () => {
      const untested = manifestWith({ peerDependencies: { peer: '^1.0.0', alone: '^1.0.0' } });
      expect(pinProblems(untested)).to.deep.equal([
        'alone is a peer, but not in devDependencies with an exact version',
      ]);
    });

    it('differ in a lockfile that was not written after package.json', () => {
      const newer = manifestWith({ dependencies: { needed: '1.0.1' } });
      expect(agreementProblems(newer, goodLockfile)).to.deep.equal([
        'dependencies: package.json has needed@1.0.1, package-lock.json 1.0.0',
        'package-lock.json does not install needed@1.0.1',
      ]);
      const removed = manifestWith({ peerDependencies: {} });
      expect(agreementProblems(removed, goodLockfile)).to.deep.equal([
        'peerDependencies: package.json has peer@(none), package-lock.json ^1.0.0',
      ]);
      const renamed = manifestWith({ version: '1.2.4' });
      expect(agreementProblems(renamed, goodLockfile)).to.deep.equal([
        'package-lock.json is of made-up@1.2.3, not made-up@1.2.4',
      ]);
    });

    it('differ where the lockfile installs another version, or another package', () => {
      for (const entry of [{ version: '1.0.1' }, { name: 'impostor' }]) {
        const changed = lockfileWith({ 'node_modules/needed': { ...LOCKED, ...entry } });
        expect(agreementProblems(goodManifest, changed)).to.deep.equal([
          'package-lock.json does not install needed@1.0.0',
        ]);
      }
    });
  });

  describe('entries of the lockfile', () => {
    const BAD: Readonly<Record<string, readonly [entry: object, problem: string]>> = {
      'without a hash': [{ version: '1.0.0' }, 'has no SHA-512 integrity hash'],
      'with a weak hash': [
        { ...LOCKED, integrity: `sha1-${Buffer.alloc(20).toString('base64')}` },
        'has no SHA-512 integrity hash',
      ],
      'with half a hash': [{ ...LOCKED, integrity: 'sha512-AAAA' }, 'has no SHA-512 integrity hash'],
      'from a repository of git': [
        { ...LOCKED, resolved: 'git+ssh://git@example.test/a/b.git#abc' },
        'comes from an address of its own',
      ],
      'from a tarball somewhere': [
        { ...LOCKED, resolved: 'https://example.test/bad-1.0.0.tgz' },
        'comes from an address of its own',
      ],
      'that are a link': [{ ...LOCKED, link: true }, 'is a link to a folder'],
      'whose version is an address': [
        { ...LOCKED, version: 'file:../bad' },
        'has no version of the registry',
      ],
    };
    for (const [what, [entry, problem]] of Object.entries(BAD)) {
      it(`are refused ${what}`, () => {
        expect(entryProblems(lockfileWith({ 'node_modules/bad': entry }))).to.deep.equal([
          `node_modules/bad ${problem}`,
        ]);
      });
    }
  });

  describe('the packages of the lockfile', () => {
    const DEEP = 'node_modules/needed/node_modules/deep';
    const optional = { ...LOCKED, optionalDependencies: { extra: '*' }, dependencies: { deep: '*' } };
    const BAD: Readonly<Record<string, readonly [changes: object, problem: string]>> = {
      'that nothing depends on': [
        { 'node_modules/phantom': { ...LOCKED, dev: true } },
        'node_modules/phantom is in package-lock.json, but nothing depends on it',
      ],
      'that only themselves depend on': [
        {
          'node_modules/one': { ...LOCKED, dependencies: { two: '*' } },
          'node_modules/one/node_modules/two': { ...LOCKED, dependencies: { one: '*' } },
        },
        'node_modules/one is in package-lock.json, but nothing depends on it',
      ],
      'that only another folder would load': [
        { 'node_modules/tool/node_modules/needed': { ...LOCKED, dev: true } },
        'node_modules/tool/node_modules/needed is in package-lock.json, but nothing depends on it',
      ],
      'that are needed and not there': [
        { 'node_modules/tool': { ...LOCKED, dev: true, dependencies: { deep: '*', absent: '*' } } },
        'package-lock.json lacks absent, needed by node_modules/tool',
      ],
      'that users need and that are marked for development': [
        { 'node_modules/needed': { ...LOCKED, dev: true, dependencies: { deep: '*' } } },
        'node_modules/needed is marked "dev", but users need it',
      ],
      'that a dependency needs and that are marked for development': [
        { [DEEP]: { ...LOCKED, dev: true } },
        `${DEEP} is marked "dev", but users need it`,
      ],
      'that users need and that are marked as optional': [
        { [DEEP]: { ...LOCKED, optional: true } },
        `${DEEP} is marked "optional", but users need it`,
      ],
      'that users need and that are marked as either': [
        { [DEEP]: { ...LOCKED, devOptional: true } },
        `${DEEP} is marked "devOptional", but users need it`,
      ],
      'that users need and that are marked as a peer': [
        { [DEEP]: { ...LOCKED, peer: true } },
        `${DEEP} is marked "peer", but users need it`,
      ],
      'of development that are not marked so': [
        { 'node_modules/tool': { ...LOCKED, dependencies: { deep: '*' } } },
        'node_modules/tool is not marked "dev", but only development needs it',
      ],
    };
    for (const [what, [changes, problem]] of Object.entries(BAD)) {
      it(`are refused: those ${what}`, () => {
        expect(graphProblems(lockfileWith(changes))[0]).to.equal(problem);
      });
    }

    it('may be optional, or a peer, if what needs them says so', () => {
      for (const changes of [
        { 'node_modules/needed': optional },
        { 'node_modules/needed': optional, 'node_modules/extra': { ...LOCKED, optional: true } },
        {
          'node_modules/needed': { ...LOCKED, dependencies: { deep: '*' }, peerDependencies: { extra: '*' } },
          'node_modules/extra': { ...LOCKED, peer: true },
        },
        {
          'node_modules/needed': optional,
          'node_modules/tool': { ...LOCKED, dev: true, dependencies: { deep: '*', extra: '*' } },
          'node_modules/extra': { ...LOCKED, devOptional: true },
        },
      ]) {
        expect(graphProblems(lockfileWith(changes)), JSON.stringify(changes)).to.deep.equal([]);
      }
    });
  });

  describe('a lockfile that cannot be read', () => {
    for (const [text, problem] of [
      ['{', 'package-lock.json is not JSON'],
      [
        '{ "lockfileVersion": 1, "dependencies": {} }',
        'package-lock.json has lockfileVersion 1, and 3 is needed: write it anew with npm install --package-lock-only --lockfile-version 3',
      ],
      [
        '{}',
        'package-lock.json is not as npm writes it at lockfileVersion: Invalid input: expected number, received undefined',
      ],
      [
        '{ "lockfileVersion": 3, "packages": { "node_modules/a": { "version": 1 } } }',
        'package-lock.json is not as npm writes it at packages > node_modules/a > version: Invalid input: expected string, received number',
      ],
    ] as const) {
      it(`is one sentence: ${text}`, () => {
        expect(() => parseLockfile(text))
          .to.throw()
          .with.property('message', problem);
      });
    }
  });

  for (const setting of [
    'registry=https://example.test/',
    '@scope:registry = https://example.test/',
    '//example.test/:_authToken=x',
    '_auth=x',
  ]) {
    it(`is not redirected by "${setting}" in .npmrc`, () => {
      expect(npmrcProblems(`save-exact=true\n${setting}\n`)).to.have.length(1);
    });
  }

  describe('what is shipped', () => {
    it('is what a dependency and an optional peer lead to, each from the folder that Node would load', () => {
      const { packages, missing } = shippedPackages(goodLockfile);
      expect([...packages.keys()].sort()).to.deep.equal([
        'node_modules/needed',
        'node_modules/needed/node_modules/deep',
        'node_modules/peer',
      ]);
      expect(missing).to.deep.equal([]);
    });

    it('includes the peers that its packages ask for, but not those that are optional', () => {
      const asking = {
        ...LOCKED,
        peerDependencies: { tool: '*', absent: '*', esbuild: '*' },
        peerDependenciesMeta: { absent: { optional: true }, esbuild: { optional: true } },
      };
      const { packages, missing } = shippedPackages(lockfileWith({ 'node_modules/peer': asking }));
      expect([...packages.keys()])
        .to.include('node_modules/tool')
        .and.not.include('node_modules/esbuild');
      expect(missing).to.deep.equal([]);
    });

    it('is not complete when the lockfile lacks what a package needs', () => {
      const lacking = lockfileWith({ 'node_modules/needed': { ...LOCKED, dependencies: { absent: '*' } } });
      expect(shippedPackages(lacking).missing).to.deep.equal(['absent, needed by node_modules/needed']);
    });
  });

  describe('install scripts', () => {
    it('are not shipped, and the one in development is listed', () => {
      expect(installScriptProblems(manifest, lockfile)).to.deep.equal([]);
      expect(installScriptProblems(goodManifest, goodLockfile)).to.deep.equal([]);
    });

    for (const location of [
      'node_modules/needed',
      'node_modules/needed/node_modules/deep',
      'node_modules/peer',
    ]) {
      it(`are found in ${location}, which is shipped`, () => {
        const entry = { ...goodLockfile.packages[location], hasInstallScript: true };
        expect(installScriptProblems(goodManifest, lockfileWith({ [location]: entry }))).to.deep.equal([
          `${location} has an install script, and is shipped to users`,
        ]);
      });
    }

    it('are refused for an allowed development package that is shipped', () => {
      const shipped = lockfileWith({
        'node_modules/needed': { ...LOCKED, dependencies: { esbuild: '*' } },
      });
      expect(installScriptProblems(goodManifest, shipped)).to.deep.equal([
        'node_modules/esbuild has an install script, and is shipped to users',
      ]);
    });

    it('are found in a development package that is not listed', () => {
      const scripted = lockfileWith({ 'node_modules/tool': { ...LOCKED, hasInstallScript: true } });
      expect(installScriptProblems(goodManifest, scripted)).to.deep.equal([
        'node_modules/tool has an install script, and is not in DEVELOPMENT_SCRIPTS',
      ]);
    });

    it('are found in this package', () => {
      for (const name of ['preinstall', 'install', 'postinstall']) {
        const scripted = manifestWith({ scripts: { [name]: 'node own.js' } });
        expect(installScriptProblems(scripted, goodLockfile)).to.deep.equal([
          `package.json has a script "${name}", which would run on each machine that installs it`,
        ]);
      }
    });

    it('are not listed in vain', () => {
      const gone = lockfileWith({ 'node_modules/esbuild': { ...LOCKED, version: '0.28.2' } });
      expect(installScriptProblems(goodManifest, gone)).to.deep.equal([
        'esbuild is in DEVELOPMENT_SCRIPTS, but has no install script',
      ]);
    });
  });

  describe('the SBOM', function () {
    this.timeout(PATIENCE_MS);
    let text: string;
    let bom: Bom;
    before(() => {
      text = inShippedProject(ROOT, bomText);
      bom = parseBom(JSON.parse(text));
    });

    it('has every package that is shipped, with its hash, and no other', () => {
      const shipped = shippedPackages(lockfile);
      expect(bomProblems(bom, shipped)).to.deep.equal([]);
      // These are used in development too, for which `npm sbom --omit dev` would leave them out.
      const names = bom.components.map(({ name }) => name);
      expect(names).to.include.members([
        'yaml',
        'negotiator',
        'content-type',
        'express',
        '@aws-sdk/client-s3',
      ]);
      expect(names).to.not.include.members(['mocha']);
    });

    it('is about this package, whatever the folder of the clone is called', () => {
      const { name, version } = bom.metadata.component;
      expect({ name, version }).to.deep.equal({ name: manifest.name, version: manifest.version });
    });

    it('is the same text each time, without an address or a path', () => {
      expect(inShippedProject(ROOT, bomText)).to.equal(text);
      expect(text).to.not.include(tmpdir());
      expect(text.replace('http://cyclonedx.org/schema/bom-1.5.schema.json', '')).to.not.match(/https?:/);
    });

    const shipped = shippedPackages(goodLockfile);
    const BAD: Readonly<Record<string, readonly [changed: Bom, problem: string]>> = {
      'lacks a package': [
        goodBom((components) => components.filter(({ name }) => name !== 'deep')),
        'the SBOM lacks deep@1.0.0',
      ],
      'has a package that is not shipped': [
        goodBom((components) => [...components, component('tool', '1.0.0')]),
        'the SBOM has tool@1.0.0, which is not shipped',
      ],
      'has a hash of something else': [
        goodBom((components) =>
          components.map((each) =>
            each.name === 'deep' ? { ...each, hashes: [{ alg: 'SHA-512', content: '00' }] } : each,
          ),
        ),
        'the SBOM has another hash for deep@1.0.0 than package-lock.json',
      ],
      'has no hash': [
        goodBom((components) =>
          components.map((each) => (each.name === 'deep' ? { ...each, hashes: [] } : each)),
        ),
        'the SBOM has another hash for deep@1.0.0 than package-lock.json',
      ],
      'gives a package the address of another': [
        goodBom((components) =>
          components.map((each) => (each.name === 'deep' ? { ...each, purl: 'pkg:npm/other@1.0.0' } : each)),
        ),
        'the SBOM names deep@1.0.0 as pkg:npm/other@1.0.0',
      ],
      'has a random serial number': [
        { ...goodBom(), serialNumber: 'urn:uuid:0' },
        'the SBOM has a serial number, which differs with every run',
      ],
      'has a timestamp': [
        { ...goodBom(), metadata: { ...goodBom().metadata, timestamp: '2026-01-31T00:00:00Z' } },
        'the SBOM has a timestamp, which differs with every run',
      ],
    };
    it('passes where nothing is wrong', () => {
      expect(bomProblems(goodBom(), shipped)).to.deep.equal([]);
    });
    for (const [what, [changed, problem]] of Object.entries(BAD)) {
      it(`is refused when it ${what}`, () => {
        expect(bomProblems(changed, shipped)).to.deep.equal([problem]);
      });
    }

    it('is refused when the lockfile itself is not complete', () => {
      const lacking = { ...shipped, missing: ['absent, needed by node_modules/needed'] };
      expect(bomProblems(goodBom(), lacking)).to.deep.equal([
        'package-lock.json lacks absent, needed by node_modules/needed',
      ]);
    });

    it('has an allowed license for each package', () => {
      expect(licenseProblems(bom.components)).to.deep.equal([]);
    });
  });

  describe('licenses', () => {
    const problemsOf = (...licenses: readonly string[]) =>
      licenseProblems([{ ...component('named', '1.0.0'), licenses: [...licenses] }]);

    for (const expression of ['MIT', 'MIT OR GPL-3.0-only', 'MIT AND BSD-3-Clause']) {
      it(`may be ${expression}`, () => {
        expect(problemsOf(expression)).to.deep.equal([]);
      });
    }
    for (const expression of [
      'GPL-3.0-only',
      'AGPL-3.0-or-later',
      'BUSL-1.1',
      'MIT AND GPL-3.0-only',
      'GPL-2.0-only OR AGPL-3.0-only',
      '(MIT OR ISC) AND GPL-3.0-only',
      'Apache-2.0 WITH LLVM-exception',
    ]) {
      it(`must not be ${expression}`, () => {
        expect(problemsOf(expression)).to.deep.equal([
          `named@1.0.0 is under ${expression}, which is not in ALLOWED_LICENSES`,
        ]);
      });
    }
    it('must be there, and each of several must be allowed', () => {
      expect(problemsOf()).to.deep.equal(['named@1.0.0 names no license of the SPDX list']);
      expect(problemsOf('MIT', 'SSPL-1.0')).to.have.length(1);
    });
  });

  describe('the version', () => {
    it('has its section in the changelog', async () => {
      expect(sectionOf(manifest.version, await read('CHANGELOG.md'))).to.include({ ok: true });
    });

    it('is dated, or unreleased', () => {
      const changelog =
        '# Changelog\n\n## 1.1.0 (unreleased)\n\n- New.\n\n## 1.0.0 (2026-01-31)\n\n- First.\n';
      expect(sectionOf('1.1.0', changelog)).to.deep.equal({ ok: true, date: undefined });
      expect(sectionOf('1.0.0', changelog)).to.deep.equal({ ok: true, date: '2026-01-31' });
    });

    for (const heading of [
      '## 1.0.1 (2026-01-31)',
      '## 1.0.0',
      '## 1.0.0 (soon)',
      '## 1.0.0 (2026-02-30)',
      '### 1.0.0 (2026-01-31)',
    ]) {
      it(`is not found under "${heading}"`, () => {
        expect(sectionOf('1.0.0', `# Changelog\n\n${heading}\n`)).to.include({ ok: false });
      });
    }
  });

  describe('the tarball', () => {
    const file = (path: string, text = 'text') => ({ path, text });
    const good = ['LICENSE', 'README.md', 'SECURITY.md', 'package.json', 'dist/index.js'].map((path) =>
      file(path),
    );
    const SECRET = 'A'.repeat(43);

    it('passes with what belongs into it', () => {
      const more = [
        'CHANGELOG.md',
        'dist/redis/ledger.d.ts',
        'config/matchstick.yaml',
        'deploy/Containerfile',
        'deploy/kubernetes/deployment.yaml',
        'deploy/systemd/matchstick.service',
        'docs/guides/upload.md',
      ];
      expect(tarballProblems([...good, ...more.map((path) => file(path))], '/opt/clone')).to.deep.equal([]);
    });

    it('needs its license and its code', () => {
      const names = new Set(['LICENSE', 'dist/index.js']);
      const lacking = good.filter(({ path }) => !names.has(path));
      expect(tarballProblems(lacking, '/opt/clone')).to.deep.equal(
        [...names].map((name) => `${name} is missing`),
      );
    });

    for (const path of [
      'src/index.ts',
      'dist/index.ts',
      'dist/index.js.map',
      'dist/test/ledger.js',
      'dist/ledger.test.js',
      'test/packaging/pack.ts',
      'docs/reference/index.html',
      'data/keys.json',
      'deploy/.env',
      'deploy/compose/secrets/redis-password',
      'deploy/compose/secrets/redis.acl',
      'binding.gyp',
      '.npmrc',
      'matchstick-tokens-0.1.0.tgz',
    ]) {
      it(`has no place for ${path}`, () => {
        expect(tarballProblems([...good, file(path)], '/opt/clone')).to.deep.equal([
          `${path} does not belong into the package`,
        ]);
      });
    }

    const LEAKS: Readonly<Record<string, string>> = {
      [`MATCHSTICK_KEY=ms_generated_${SECRET}`]: 'what looks like a caller key',
      [`{"kty":"EC","d":"${SECRET}"}`]: 'what looks like a private member of a JWK',
      [`{ kty: 'oct', k: '${SECRET}' }`]: 'what looks like a private member of a JWK',
      [`-----BEGIN ${'PRIVATE'} KEY-----`]: 'what looks like a private key',
      [`-----BEGIN EC ${'PRIVATE'} KEY-----`]: 'what looks like a private key',
      [`//example.test/:_authToken=npm_${'a'.repeat(36)}`]: 'what looks like a token of npm',
      "import '/opt/clone/src/index.ts'": 'a path of this machine',
      'see /home/somebody/notes': 'a path of this machine',
      'see /Users/somebody/notes': 'a path of this machine',
      'see C:\\Users\\somebody': 'a path of this machine',
      'file:///somewhere/dist/index.js': 'a path of this machine',
    };
    for (const [leak, what] of Object.entries(LEAKS)) {
      it(`is refused with ${what}: ${leak.slice(0, 24)}…`, () => {
        const leaking = good.map((each) =>
          each.path === 'README.md' ? file(each.path, `a\n${leak}\n`) : each,
        );
        expect(tarballProblems(leaking, '/opt/clone')).to.deep.equal([`README.md has ${what}`]);
      });
    }
  });

  describe('an audit', () => {
    const report = (...severities: readonly string[]) => ({
      auditReportVersion: 2,
      vulnerabilities: Object.fromEntries(
        severities.map((severity, index) => [`package-${index}`, { name: `package-${index}`, severity }]),
      ),
    });

    it('stops a release for what is high or critical', () => {
      const audit = parseAudit(report('low', 'critical', 'moderate', 'high'));
      if (!audit.answered) throw new Error(audit.why);
      expect(auditProblems(audit.advisories)).to.deep.equal([
        'package-1 has a critical vulnerability: see npm audit',
        'package-3 has a high vulnerability: see npm audit',
      ]);
      expect(countOf(audit.advisories)).to.equal('1 critical, 1 high, 1 moderate, 1 low');
    });

    it('lets through what is less, and says so', () => {
      const audit = parseAudit(report('low', 'moderate', 'low'));
      if (!audit.answered) throw new Error(audit.why);
      expect(auditProblems(audit.advisories)).to.deep.equal([]);
      expect(countOf(audit.advisories)).to.equal('1 moderate, 2 low');
      expect(countOf([])).to.equal('none');
    });

    it('has no answer from a registry that takes none, and does not repeat its address', () => {
      const message =
        '405 Method Not Allowed - POST https://registry.example.test/-/npm/v1/security/advisories/bulk';
      expect(parseAudit({ message, error: { summary: '' } })).to.deep.equal({
        answered: false,
        why: 'the registry has no audit answer (405 Method Not Allowed)',
      });
    });

    it('throws on a mistake of the project, and on a report of another version', () => {
      expect(() => parseAudit({ error: { code: 'ENOLOCK', summary: 'no lockfile' } })).to.throw('ENOLOCK');
      expect(() => parseAudit({ ...report(), auditReportVersion: 3 })).to.throw('no report');
    });
  });
});

function manifestWith(changes: object): Manifest {
  return parseManifest(JSON.stringify({ ...GOOD_MANIFEST, ...changes }));
}

function lockfileWith(changes: object): Lockfile {
  return parseLockfile(JSON.stringify({ lockfileVersion: 3, packages: { ...GOOD_PACKAGES, ...changes } }));
}

function component(name: string, version: string) {
  return {
    name,
    version,
    purl: `pkg:npm/${name}@${version}`,
    hashes: [{ alg: 'SHA-512', content: HASH_BYTES.toString('hex') }],
    licenses: ['MIT'],
  };
}

/** The SBOM of what the good project ships, after a change. */
function goodBom(change = (components: Bom['components']) => components): Bom {
  return {
    bomFormat: 'CycloneDX',
    metadata: { component: component('made-up', '1.2.3') },
    components: change(['needed', 'deep', 'peer'].map((name) => component(name, '1.0.0'))),
  };
}
