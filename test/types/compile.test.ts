import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const TSC = fileURLToPath(new URL('../../node_modules/@typescript/native/bin/tsc', import.meta.url));
const UNUSED_DIRECTIVE = 'TS2578';
const DIRECTIVE = /^ *\/\/ @ts-expect-error.*$/;

const sources = readdirSync(HERE).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));

/** Compiles the sources of this folder as `change` makes them. */
async function compile(change: (source: string) => string, onClose: (close: () => unknown) => void) {
  // Beside the sources, so that what they import is found.
  const folder = await mkdtemp(join(HERE, '.compiled-'));
  onClose(() => rm(folder, { recursive: true, force: true }));
  for (const name of sources) {
    const source = readFileSync(join(HERE, name), 'utf8').replaceAll("'../../src/", "'../../../src/");
    await writeFile(join(folder, name), change(source));
  }
  const config = { extends: '../../../tsconfig.json', include: ['*.ts'], compilerOptions: { pretty: false } };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = startChild(process.execPath, [TSC, '--noEmit', '--singleThreaded', '-p', folder]);
  return { exitCode: await tsc.exited(), output: tsc.output() };
}

describe('the types of purposes', function () {
  this.timeout(PATIENCE_MS);
  const onTestEnd = cleanupAfter(afterEach);

  it('let through what fits, refuse each line that says so, and would be found wrong if they did not', async () => {
    const expected: string[] = [];
    for (const name of sources) {
      const lines = readFileSync(join(HERE, name), 'utf8').split('\n');
      for (const [index, line] of lines.entries()) {
        if (DIRECTIVE.test(line)) expected.push(`${name}(${index + 2}`);
      }
    }
    expect(expected.length).to.be.greaterThan(35);
    const undirected = (source: string) =>
      source
        .replace(new RegExp(DIRECTIVE, 'gm'), '')
        // In the place of an empty line, before a line that fits.
        .replace(/^\n(?=export async function fits)/m, '// @ts-expect-error\n');
    const { exitCode, output } = await compile(undirected, onTestEnd);
    expect(exitCode).to.not.equal(0);
    const errors = [...output.matchAll(/([\w-]+\.ts\(\d+),\d+\): error (TS\d+)/g)];
    const unused = errors.filter(([, , code]) => code === UNUSED_DIRECTIVE);
    const refused = errors.filter(([, , code]) => code !== UNUSED_DIRECTIVE).map(([, at]) => at);
    expect(unused, output).to.have.length(3);
    expect([...new Set(refused)]).to.have.members(expected);
  });
});
