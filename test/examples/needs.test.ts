import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGES = [
  'README.md',
  ...readdirSync(`${ROOT}docs`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.startsWith('reference'))
    .map((name) => `docs/${name}`),
];

/** The packages that the programs of a page import, apart from Node's modules, files beside it and this package. */
function importedOn(text: string): ReadonlySet<string> {
  const programs = [...text.matchAll(/^```(?:ts|js)\n([\s\S]*?)^```$/gm)].map(([, program = '']) => program);
  const names = programs.flatMap((program) =>
    [...program.matchAll(/ from '([^'.][^']*)'/g)].map(([, name = '']) => name),
  );
  return new Set(names.filter((name) => !/^(?:node:|matchstick-tokens(?:\/|$))/.test(name)));
}

/** What a reader is told to install on a page. */
function installedOn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/npm install ([^\n`]+)/g)].flatMap(([, names = '']) => names.split(' ')));
}

describe('the documentation', () => {
  const imported = PAGES.map((page) => ({ page, text: readFileSync(`${ROOT}${page}`, 'utf8') }))
    .map(({ page, text }) => ({ page, needs: importedOn(text), installs: installedOn(text) }))
    .filter(({ needs }) => needs.size > 0);

  it('has programs that import packages', () => {
    expect(imported.map(({ page }) => page)).to.include.members(['README.md', 'docs/library.md']);
  });

  for (const { page, needs, installs } of imported) {
    it(`says how to install what its programs import: ${page}`, () => {
      expect([...needs].filter((name) => !installs.has(name))).to.deep.equal([]);
    });
  }
});
