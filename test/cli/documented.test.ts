import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { EXIT } from '../../src/cli/failure.ts';
import { commandSections, commonOptions } from './reference.ts';

describe('docs/cli.md', () => {
  const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');

  it('says of every command what the program says of it, and has no other', () => {
    const sections = commandSections();
    for (const section of sections) expect(page).to.include(section);
    const titles = [...page.matchAll(/^### `matchstick .*$/gm)];
    expect(titles).to.have.length(sections.length);
  });

  it('has the options of every command, and every exit code', () => {
    expect(page).to.include(commonOptions());
    const codes = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(codes).to.deep.equal(Object.values(EXIT));
  });

  it('mints without a link wherever the next command takes what is printed as a token', () => {
    const texts = ['README.md', 'docs/cli.md', 'src/cli/mint.ts', 'src/cli/redeem.ts'].map((name) =>
      readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'),
    );
    const mints = texts.flatMap(
      (text) => text.match(/matchstick (?:-- )?mint .*(?:> token|\|.* redeem ).*/g) ?? [],
    );
    expect(mints).to.have.length(4);
    for (const mint of mints) expect(mint).to.include(' --no-link ');
  });
});
