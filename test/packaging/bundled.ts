import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import * as esbuild from 'esbuild';
import { PEERS } from '../../src/settings/peers.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startRedis } from '../support/redis-server.ts';
import { firstOf, SOAKS } from '../support/soak.ts';
import { installIn, type Packed } from './pack.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const ROLLUP = at('../../node_modules/rollup/dist/bin/rollup');

type Format = 'esm' | 'cjs';
const EXTENSION = { esm: 'mjs', cjs: 'cjs' } as const;

/** The program of programs/bundled.mjs, bundled and then run where its packages are not. */
export function describeBundled(packed: () => Packed): void {
  describe('a program that has the package bundled in one file', function () {
    this.timeout(PATIENCE_MS);
    const onClose = cleanupAfter(after);
    let redis: string;
    /** A project without the AWS SDK, and one with it. */
    let without: string;
    let withSdk: string;

    before(async () => {
      const server = await startRedis();
      onClose(server.close);
      redis = server.url;
      const sdk = Object.keys(PEERS.stores);
      [without, withSdk] = await Promise.all([project(['express']), project(['express', ...sdk])]);
    });

    for (const format of firstOf(['cjs', 'esm'] as const)) {
      it(`burns in Redis, made by esbuild, minified, as ${format}`, async () => {
        const file = await byEsbuild(without, format);
        expect(await outcome(file)).to.deep.equal(BURNED);
      });

      it(`opens an object of a store, if the AWS SDK is bundled too, as ${format}`, async () => {
        const file = await byEsbuild(withSdk, format);
        expect(await outcome(file, 'store')).to.deep.equal({ ...BURNED, opens: '/a.txt' });
      });

      it(`names the AWS SDK if it is in no reach and there is a store, as ${format}`, async () => {
        for (const external of firstOf([[], ['@aws-sdk/*']])) {
          const child = start(
            await byEsbuild(external.length > 0 ? withSdk : without, format, external),
            'store',
          );
          expect(await child.exited()).to.equal(1);
          expect(child.output()).to.match(/^The installation.*npm install "@aws-sdk\/client-s3@/s);
        }
      });
    }

    if (SOAKS)
      it('burns in Redis, made by Rollup', async () => {
        const { esm, cjs } = await byRollup(without);
        expect(await outcome(esm), 'esm').to.deep.equal(BURNED);
        expect(await outcome(cjs), 'cjs').to.deep.equal(BURNED);
      });

    const BURNED = {
      state: 'burned',
      refused: ['token_burned', true],
      statuses: [200, 410],
      unreachable: 'ledger_unavailable',
      oneErrorClass: true,
    };

    async function project(peers: readonly string[]): Promise<string> {
      const { folder, close } = await installIn(packed(), peers);
      onClose(close);
      await cp(at('programs/bundled.mjs'), join(folder, 'bundled.mjs'));
      return folder;
    }

    /** A folder that has nothing yet, and no node_modules above it. */
    async function emptyFolder(): Promise<string> {
      const folder = await mkdtemp(join(tmpdir(), 'matchstick-bundled-'));
      onClose(() => rm(folder, { recursive: true, force: true }));
      return folder;
    }

    async function byEsbuild(
      source: string,
      format: Format,
      external: readonly string[] = [],
    ): Promise<string> {
      const outfile = join(await emptyFolder(), `program.${EXTENSION[format]}`);
      await esbuild.build({
        entryPoints: [join(source, 'bundled.mjs')],
        outfile,
        bundle: true,
        minify: true,
        platform: 'node',
        format,
        external: [...external],
        logLevel: 'error',
        ...(format === 'esm' ? { banner: { js: await documentedBanner() } } : {}),
      });
      return outfile;
    }

    /** Both formats, each in a folder of its own. */
    async function byRollup(source: string): Promise<Readonly<Record<Format, string>>> {
      const folder = await emptyFolder();
      const rollup = startChild(process.execPath, [ROLLUP, '--silent', '--config', at('rollup.config.mjs')], {
        env: { ...process.env, SOURCE: join(source, 'bundled.mjs'), FOLDER: folder },
      });
      expect(await rollup.exited(), rollup.output()).to.equal(0);
      return { esm: join(folder, 'esm', 'program.mjs'), cjs: join(folder, 'cjs', 'program.cjs') };
    }

    function start(file: string, ...more: readonly string[]) {
      const folder = join(file, '..');
      const { NODE_PATH: _, ...env } = process.env;
      return startChild(process.execPath, [file, redis, join(folder, 'keys.json'), ...more], {
        cwd: folder,
        env: { ...env, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'made-up' },
      });
    }

    async function outcome(file: string, ...more: readonly string[]): Promise<unknown> {
      expect(await readdir(join(file, '..'))).to.have.lengthOf(1);
      const child = start(file, ...more);
      expect(await child.exited(), child.output()).to.equal(0);
      return JSON.parse(child.output().trim().split('\n').at(-1) ?? '');
    }
  });
}

/** The line that docs/library.md tells users of esbuild to put at the head of an ES module. */
async function documentedBanner(): Promise<string> {
  const text = await readFile(at('../../docs/library.md'), 'utf8');
  const [, banner] = /^\s*banner: \{ js: "(.+)" \},$/m.exec(text) ?? [];
  if (banner === undefined) throw new Error('docs/library.md has no banner for esbuild');
  return banner;
}
