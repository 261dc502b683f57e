import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { PATIENCE_MS } from '../support/patience.ts';
import { SOAKS } from '../support/soak.ts';
import { type Project, run } from './pack.ts';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const TSC = at('node_modules/@typescript/native/bin/tsc');
/** The last that resolves modules as Node 10 did. */
const TSC_6 = at('node_modules/typescript/bin/tsc6');

// Every declaration that is reached is looked at, those of the dependencies too.
const STRICT = { target: 'es2023', strict: true, skipLibCheck: false, noEmit: true };
const IN_NODE = { ...STRICT, lib: ['es2023'], types: ['node'] };

/** The programs that begin with "typed", compiled as people have it in their tsconfig.json. */
export function describeTyped(project: () => Project): void {
  describe('the types of the package', function () {
    this.timeout(PATIENCE_MS);

    it('are there for modules and CommonJS in Node', async () => {
      await compile({ ...IN_NODE, module: 'nodenext' }, ['typed.mts', 'typed.cts']);
    });

    it('are there for bundlers, and without any types of Node', async () => {
      const bundled = { module: 'preserve', moduleResolution: 'bundler' };
      await compile({ ...STRICT, ...bundled, lib: ['es2023', 'dom'], types: [] }, ['typed.mts']);
    });

    it('are there for Express', async () => {
      await compile({ ...IN_NODE, module: 'nodenext', skipLibCheck: true }, ['typed-express.mts']);
    });

    it('are there with "node16", in CommonJS by the way out that docs/library.md shows', async () => {
      const node16 = { ...IN_NODE, module: 'node16', skipLibCheck: true };
      const programs = ['typed.mts', 'typed-node16.cts', 'typed.cts'];
      const refused = await compile(node16, programs).catch((error: Error) => error.message);
      const files = String(refused).match(/^\S+(?=\(\d+,\d+\): error)/gm) ?? [];
      expect([...new Set(files)], String(refused)).to.deep.equal(['typed.cts']);
      expect(refused).to.match(/TS1471: Module 'matchstick-tokens' cannot be imported/);
      const [documented = ''] = /import type .*'resolution-mode'.*/.exec(await page()) ?? [];
      expect(await readFile(join(project().folder, 'typed-node16.cts'), 'utf8')).to.include(documented);
      expect(documented).to.not.equal('');
    });

    if (SOAKS)
      it('are there with "node10", and what is compiled runs', async function () {
        const old = { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' };
        const { folder } = project();
        await compile({ ...IN_NODE, ...old, noEmit: false, outDir: 'node10' }, ['typed-node10.ts'], TSC_6);
        const emitted = await readFile(join(folder, 'node10', 'typed-node10.js'), 'utf8');
        expect(emitted).to.include('require("matchstick-tokens/client")');
        if (!('require_module' in process.features && process.features.require_module)) return this.skip();
        const printed = await run(folder, process.execPath, '--no-warnings', 'node10/typed-node10.js');
        expect(printed).to.equal('false url: must be an absolute URL, such as http://127.0.0.1:4100\n');
      });

    async function compile(compilerOptions: object, files: readonly string[], tsc = TSC): Promise<void> {
      const { folder } = project();
      const settings = ['--pretty', 'false', ...(tsc === TSC ? ['--singleThreaded'] : [])];
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
      await run(folder, process.execPath, tsc, '-p', '.', ...settings);
    }

    function page(): Promise<string> {
      return readFile(at('docs/library.md'), 'utf8');
    }
  });
}
