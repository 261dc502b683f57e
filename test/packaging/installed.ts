import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { PEERS } from '../../src/settings/peers.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { SOAKS } from '../support/soak.ts';
import { describeOutlives } from './outlives.ts';
import { installAlone, type Packed, run } from './pack.ts';

const MANIFEST = fileURLToPath(new URL('../../package.json', import.meta.url));
const NODE = process.execPath;

const MAX_MEGABYTES = 25;
const MAX_FOLDERS = 80;

/** What somebody gets who installs the packed package from npm, and nothing else. */
export function describeInstalled(packed: () => Packed): void {
  describe('the package, installed in an empty folder', function () {
    this.timeout(PATIENCE_MS);
    const onClose = cleanupAfter(after);
    let folder: string;
    let command: string;
    let exports: readonly string[];

    before(async () => {
      const project = await installAlone(packed());
      onClose(project.close);
      ({ folder } = project);
      command = join(project.package, 'dist/assembly/command-line.js');
      const manifest = JSON.parse(await readFile(MANIFEST, 'utf8'));
      exports = Object.keys(manifest.exports).filter((name) => name !== './package.json');
    });

    it(`is at most ${MAX_MEGABYTES} MB in ${MAX_FOLDERS} folders`, async () => {
      const { bytes, packages } = await measure(join(folder, 'node_modules'));
      expect(packages).to.be.within(10, MAX_FOLDERS);
      expect(bytes / 1e6).to.be.within(1, MAX_MEGABYTES);
    });

    it('gives every export without any optional peer', async () => {
      expect(exports).to.include.members(['.', './client', './express']);
      const specifiers = exports.map((name) => `matchstick-tokens${name.slice(1)}`);
      const program = `
        for (const name of ${JSON.stringify(specifiers)}) {
          if (Object.keys(await import(name)).length > 0) console.log(name);
        }
      `;
      const printed = await run(folder, NODE, '--input-type=module', '-e', program);
      expect(printed.trim().split('\n')).to.deep.equal(specifiers);
    });

    it('mints and redeems with a ledger in memory', async () => {
      const program = `
        import { createMatchstick } from 'matchstick-tokens';
        const matchstick = await createMatchstick({
          issuer: 'https://app.example.com',
          ledger: { memory: true },
          purposes: { greet: { audience: 'app', lifetime: '1m' } },
        });
        const { token } = await matchstick.mint('greet', { subject: 'user:1' });
        console.log((await matchstick.redeem(token, 'greet')).subject);
        await matchstick.close();
      `;
      expect((await run(folder, NODE, '--input-type=module', '-e', program)).trim()).to.equal('user:1');
    });

    it('has a command that explains itself', async () => {
      expect(await run(folder, NODE, command, '--help')).to.include('Usage: matchstick');
    });

    it('says at start which packages the service needs, with the command that installs them', async () => {
      const service = startChild(NODE, [join(folder, 'node_modules/matchstick-tokens/dist/main.js')], {
        cwd: folder,
        env: { ...process.env, PORT: '0', HOST: '', REDIS_URL: '', MATCHSTICK_CONFIG: '' },
      });
      expect(await service.exited()).to.equal(1);
      expect(service.output()).to.include(installing('service')).and.not.include(' at ');
    });

    if (SOAKS)
      it('says so too as the command "serve"', async () => {
        const env = { ...process.env, PORT: '0', HOST: '', REDIS_URL: '', MATCHSTICK_CONFIG: '' };
        const serve = startChild(NODE, [command, 'serve'], { cwd: folder, env });
        expect(await serve.exited()).to.equal(3);
        expect(serve.output()).to.include(installing('service')).and.not.include(' at ');
      });

    it('says at start which packages a store needs', async () => {
      await mkdir(join(folder, 'config'), { recursive: true });
      const program = `
        import { createMatchstick } from 'matchstick-tokens';
        await createMatchstick({
          issuer: 'https://app.example.com',
          ledger: { memory: true },
          purposes: {
            download: {
              audience: 'app',
              lifetime: '1m',
              opens: { s3: { operation: 'get', store: 'files', key: 'a' } },
            },
          },
          stores: { files: { bucket: 'files', region: 'eu-west-1' } },
        }).catch((error) => console.log(error.message));
      `;
      expect(await run(folder, NODE, '--input-type=module', '-e', program)).to.include(installing('stores'));
    });

    it('says which package "matchstick types" needs', async () => {
      const child = startChild(NODE, [command, 'types'], { cwd: folder });
      expect(await child.exited()).to.not.equal(0);
      expect(child.output()).to.include(installing('types'));
    });

    describeOutlives(packed, () => join(folder, 'node_modules'));
  });
}

function installing(need: keyof typeof PEERS): string {
  return `npm install ${Object.entries(PEERS[need])
    .map(([name, version]) => `"${name}@${version}"`)
    .join(' ')}`;
}

/** Every package below a node_modules folder, and the size of all files. */
async function measure(modules: string): Promise<{ readonly bytes: number; readonly packages: number }> {
  let bytes = 0;
  let packages = 0;
  for (const entry of await readdir(modules, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    bytes += (await stat(path)).size;
    if (/node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path)) packages += 1;
  }
  return { bytes, packages };
}
