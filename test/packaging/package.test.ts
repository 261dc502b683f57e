import { cp, readFile, realpath, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { publint } from 'publint';
import { tarballProblems } from '../../scripts/release/tarball.ts';
import { PEERS } from '../../src/settings/peers.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startRedis } from '../support/redis-server.ts';
import { anyOf, firstOf } from '../support/soak.ts';
import { describeBundled } from './bundled.ts';
import { describeFirstUse } from './first-use.ts';
import { describeInstalled } from './installed.ts';
import { installIn, type Packed, type Project, pack, run } from './pack.ts';
import { describeRunners } from './runners.ts';
import { describeTyped } from './typed.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const MODULES = at('../../node_modules');
const ATTW = join(MODULES, '@arethetypeswrong', 'cli', 'dist', 'index.js');
const NODE = process.execPath;

describe('the package', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let packed: Packed;
  let project: Project;

  before(async () => {
    packed = await pack();
    onClose(packed.close);
    project = await installIn(packed);
    onClose(project.close);
    await cp(at('programs'), project.folder, { recursive: true });
    // What a project in TypeScript has of its own.
    await symlink(join(MODULES, '@types'), join(project.folder, 'node_modules', '@types'));
  });

  it('holds what is needed to run it, and neither sources nor tests', () => {
    const needed = [
      'README.md',
      'LICENSE',
      'package.json',
      'config/matchstick.yaml',
      'config/matchstick.schema.json',
      'deploy/compose.yaml',
    ];
    const built = ['index', 'client/index', 'express/index', 'main', 'assembly/command-line'];
    for (const name of [
      ...needed,
      ...built.map((path) => `dist/${path}.js`),
      'dist/redis/scripts/sources.js',
    ]) {
      expect(packed.files).to.include(name);
    }
    expect(
      packed.files.filter((name) =>
        /^(?!dist\/|config\/|deploy\/|docs\/|[A-Z]+\.md$|LICENSE$|package\.json$)/.test(name),
      ),
    ).to.deep.equal([]);
    expect(packed.files.filter((name) => /(?<!\.d)\.ts$|\.map$/.test(name))).to.deep.equal([]);
  });

  it('has nothing that release:check finds: no secret, no path of a machine', async () => {
    const files = packed.files.map(async (path) => ({
      path,
      text: await readFile(join(project.package, path), 'utf8'),
    }));
    expect(tarballProblems(await Promise.all(files), at('../..'))).to.deep.equal([]);
  });

  it('names no source file in its declarations', async () => {
    const declarations = packed.files.filter((name) => name.endsWith('.d.ts'));
    expect(declarations.length).to.be.greaterThan(100);
    for (const name of declarations) {
      expect(await readFile(join(project.package, name), 'utf8'), name).to.not.match(/['"]\.[^'"]*\.ts['"]/);
    }
  });

  it('has nothing that publint finds', async () => {
    const { messages } = await publint({ pkgDir: project.package, pack: false, strict: true });
    expect(messages).to.deep.equal([]);
  });

  it('has the right types wherever modules are imported', async () => {
    const printed = await run(
      project.folder,
      NODE,
      ATTW,
      packed.tarball,
      '--profile',
      'esm-only',
      '--no-definitely-typed',
      '--no-emoji',
      '--format',
      'ascii',
    );
    for (const entry of ['matchstick-tokens', 'matchstick-tokens/client', 'matchstick-tokens/express']) {
      expect(printed).to.include(`"${entry}"`);
    }
    expect(printed.match(/^node16 \(from ESM\):\s+OK/gm), printed).to.have.length(4);
    expect(printed.match(/^bundler:\s+OK/gm), printed).to.have.length(4);
    expect(printed.match(/^node10: \(ignored\) OK/gm), printed).to.have.length(4);
  });

  it('is used from a module, in memory and in Redis, and lets the process end', async () => {
    const redis = await startRedis();
    onClose(redis.close);
    const { version } = JSON.parse(await readFile(at('../../package.json'), 'utf8'));
    expect(JSON.parse(await run(project.folder, NODE, 'use.mjs', redis.url))).to.deep.equal({
      version,
      outcomes: [
        ['a', true, 'token_burned'],
        ['a', true, 'token_burned'],
      ],
      unreachable: 'ledger_unavailable',
      oneErrorClass: true,
    });
  });

  it('is used from CommonJS, as the same module', async function () {
    if (!('require_module' in process.features && process.features.require_module)) return this.skip();
    const printed = await run(project.folder, NODE, '--no-warnings', 'use.cjs');
    expect(JSON.parse(printed)).to.deep.equal({
      code: 'token_burned',
      sameClass: true,
      functions: ['function', 'function'],
    });
  });

  it('starts the service and the command line', async () => {
    const child = startChild(NODE, [join(project.package, 'dist', 'main.js')], {
      cwd: project.folder,
      env: { ...process.env, PORT: '0', HOST: '', REDIS_URL: '', MATCHSTICK_CONFIG: '' },
    });
    await child.printed(/listens on http:/);
    await child.printed(
      new RegExp(`\\nKeys: +${join(await realpath(project.folder), 'data/keys.json')} \\(made now\\)`),
    );
    child.kill('SIGTERM');
    expect(await child.exited()).to.equal(0);
    const types = await run(
      project.folder,
      NODE,
      join(project.package, 'dist', 'assembly', 'command-line.js'),
      'types',
    );
    expect(types).to.include("readonly 'password-reset': {");
  });

  it('says which Node it needs, in one that is older', async () => {
    const { engines } = JSON.parse(await readFile(at('../../package.json'), 'utf8'));
    const [, least = ''] = /^>=(\d+\.\d+)$/.exec(engines.node) ?? [];
    const [major, minor] = least.split('.').map(Number);
    const sentence = (node: string) => `node: Matchstick needs Node ${least} or newer; this is ${node}`;
    const library =
      "import('matchstick-tokens').then((all) => all.createMatchstick({})).catch((e) => console.log(e.message))";
    const client =
      "import('matchstick-tokens/client').then((all) => all.createClient()).catch((e) => console.log(e.message))";
    const programs = ['main.js', 'assembly/command-line.js'].map((file) =>
      join(project.package, 'dist', file),
    );
    await Promise.all(
      firstOf([`${major}.${Number(minor) - 1}.9`, '18.20.8']).flatMap((node) => [
        inNode(node, ['-e', library]).then((printed) => expect(printed).to.include(sentence(node))),
        ...anyOf(programs, 1).map(async (program) => {
          expect(await inNode(node, [program]))
            .to.include(sentence(node))
            .and.not.include(' at ');
        }),
      ]),
    );
    expect(await inNode(`${least}.0`, ['-e', library])).to.match(/^createMatchstick has/);
    expect(await inNode('18.20.8', ['-e', `delete globalThis.crypto; ${client}`])).to.equal(
      'createClient needs WebCrypto, which Node has from 20.19 on; this is Node 18.20.8\n',
    );
  });

  /** What a program prints where Node calls itself another version. */
  async function inNode(version: string, args: readonly string[]): Promise<string> {
    const disguise = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`;
    const child = startChild(NODE, ['--import', `data:text/javascript,${disguise}`, ...args], {
      cwd: project.folder,
    });
    await child.exited();
    return child.output();
  }

  describeTyped(() => project);
  describeInstalled(() => packed);
  describeFirstUse(() => packed);
  describeBundled(() => packed);
  describeRunners(() => packed);
});

describe('optional peers', () => {
  it('are those of package.json, each optional', async () => {
    const { peerDependencies, peerDependenciesMeta } = JSON.parse(
      await readFile(at('../../package.json'), 'utf8'),
    );
    expect(Object.assign({}, ...Object.values(PEERS))).to.deep.equal(peerDependencies);
    expect(Object.keys(peerDependenciesMeta)).to.have.members(Object.keys(peerDependencies));
    for (const meta of Object.values(peerDependenciesMeta)) expect(meta).to.deep.equal({ optional: true });
  });
});
