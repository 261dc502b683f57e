import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Child, startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { anyOf, SOAKS } from '../support/soak.ts';
import { installIn, type Packed } from './pack.ts';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const JEST = at('node_modules/jest/bin/jest.js');
const VITEST = at('node_modules/vitest/vitest.mjs');
/** What docs/library.md sets for Jest. */
const FLAG = '--experimental-vm-modules';

/** Tests of a project that has the packed package, run by the test runners that people have. */
export function describeRunners(packed: () => Packed): void {
  describe('a test that uses the package', function () {
    this.timeout(PATIENCE_MS);
    const onClose = cleanupAfter(after);
    let folder: string;
    let documented: string;

    before(async () => {
      const project = await installIn(packed(), []);
      onClose(project.close);
      folder = project.folder;
      await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true }));
      await symlink(at('node_modules/vitest'), join(folder, 'node_modules', 'vitest'));
      const page = await readFile(at('docs/library.md'), 'utf8');
      documented = /^```js\n(test\([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
      expect(page).to.include(`NODE_OPTIONS=${FLAG} npx jest`);
      for (const [runner, name, program] of [
        ['jest', 'imports', documented],
        ['jest', 'requires', documented.replace(/await import\(('.+?')\)/, 'require($1)')],
        ['vitest', 'imports', `import { expect, test } from 'vitest';\n${documented}`],
      ] as const) {
        await mkdir(join(folder, runner), { recursive: true });
        await writeFile(join(folder, runner, `${name}.test.js`), program);
      }
    });

    const runners: Readonly<Record<string, () => Promise<void>>> = {
      'passes in Vitest, without any setting': async () => {
        const vitest = run(VITEST, ['run', '--root', join(folder, 'vitest')]);
        expect(await vitest.exited(), vitest.output()).to.equal(0);
        expect(vitest.output()).to.match(/1 passed/);
      },
      'passes in Jest, in CommonJS, as docs/library.md has it': async () => {
        const jest = run(JEST, ['--rootDir', folder, 'jest/imports'], FLAG);
        expect(await jest.exited(), jest.output()).to.equal(0);
        expect(jest.output()).to.match(/Tests: +1 passed, 1 total/);
      },
    };
    for (const [title, passes] of anyOf(Object.entries(runners), 1)) it(title, passes);

    if (SOAKS) {
      it('is told by Jest what it needs, where it does without', async () => {
        const jest = run(JEST, ['--rootDir', folder, 'jest/imports']);
        expect(await jest.exited()).to.equal(1);
        expect(jest.output()).to.include(FLAG);
      });

      it('can require the package in Jest from Node 24.9 on, and not before', async () => {
        const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
        const can = major > 24 || (major === 24 && minor >= 9);
        const jest = run(JEST, ['--rootDir', folder, 'jest/requires'], FLAG);
        expect(await jest.exited(), jest.output()).to.equal(can ? 0 : 1);
        if (!can) expect(jest.output()).to.include('Must use import to load ES Module');
      });
    }

    function run(program: string, args: readonly string[], ...flags: readonly string[]): Child {
      const { NODE_OPTIONS: _, ...env } = process.env;
      const patient = [...args, `--testTimeout=${PATIENCE_MS}`];
      return startChild(process.execPath, [...flags, program, ...patient], { cwd: folder, env });
    }
  });
}
