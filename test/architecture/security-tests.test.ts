import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

const ROOT = new URL('../../', import.meta.url);
const DOCUMENT = readFileSync(new URL('docs/security-tests.md', ROOT), 'utf8');

/** How many requirements each letter has. */
const COUNTS = { A: 15, B: 10, C: 17, D: 16, E: 13, F: 6, G: 7, H: 4, I: 5, J: 6, K: 6 };
const IDS = Object.entries(COUNTS).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
);

const RESULT = /^(?:holds|(?:holds in part|does not apply|not met): \S.*)$/;
/** `[path](../test/path): "title", "beginning …"`, one for each file. */
const FILE = /^\[([\w/.-]+)\]\(\.\.\/test\/\1\): ((?:"[^"]+"(?:, )?)+)$/;
/** The title of a test that was written for one requirement, or for several. */
const TITLED = /\bit\(\s*(['"`])([A-K]\d+(?:, [A-K]\d+)*): (.*?)\1,/gs;

interface Named {
  readonly path: string;
  /** Whole, or the beginning of several, which ends in "…". */
  readonly title: string;
}

interface Row {
  readonly id: string;
  readonly tests: readonly Named[];
  readonly result: string;
  /** What could not be read. */
  readonly unread: readonly string[];
}

function rowsOf(document: string): readonly Row[] {
  const lines = document.split('\n').filter((line) => /^\| (?!Id |---|Result |`)/.test(line));
  return lines.map((line) => {
    const [, id = '', , tests = '', result = ''] = line.split('|').map((cell) => cell.trim());
    const files = tests === '' ? [] : tests.split('; ');
    const named = files.flatMap((file) => {
      const [, path = '', titles = ''] = FILE.exec(file) ?? [];
      return [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => ({ path, title }));
    });
    return { id, tests: named, result, unread: files.filter((file) => !FILE.test(file)) };
  });
}

const sources = new Map(
  readdirSync(new URL('test', ROOT), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [path, readFileSync(new URL(`test/${path}`, ROOT), 'utf8')]),
);

/** A title is a text in its file, also as a row of a table of tests. */
function hasTitle(source: string, title: string): boolean {
  const quotes = ["'", '"', '`'];
  const isBeginning = title.endsWith('…');
  const text = title.replace(/ ?…$/, '');
  return quotes.some((quote) => source.includes(`${quote}${text}${isBeginning ? '' : quote}`));
}

function covers({ title }: Named, written: string): boolean {
  return title.endsWith('…') ? written.startsWith(title.replace(/ ?…$/, '')) : written === title;
}

function problemsOf(document: string): readonly string[] {
  const rows = rowsOf(document);
  const ids = rows.map(({ id }) => id).filter((id) => /^[A-Z]\d+$/.test(id));
  const order = IDS.map((id, index) => (ids[index] === id ? '' : `${id} is expected, not ${ids[index]}`));
  const more = ids.slice(IDS.length).map((id) => `${id} is one too many`);
  return [...order.filter((each) => each !== '').slice(0, 1), ...more, ...rows.flatMap(rowProblems)].concat(
    unnamedTests(rows),
  );
}

function rowProblems({ id, tests, result, unread }: Row): readonly string[] {
  const problems = unread.map((file) => `${id}: cannot be read: ${file}`);
  if (!RESULT.test(result)) problems.push(`${id}: is no result: ${result}`);
  if (result.startsWith('holds') && tests.length === 0) problems.push(`${id}: holds without a test`);
  for (const { path, title } of tests) {
    const source = sources.get(path);
    if (source === undefined) problems.push(`${id}: there is no test/${path}`);
    else if (!hasTitle(source, title)) problems.push(`${id}: test/${path} has no "${title}"`);
  }
  return problems;
}

/** The tests that say for which requirement they are, and are not in its row. */
function unnamedTests(rows: readonly Row[]): readonly string[] {
  return [...sources].flatMap(([path, source]) =>
    [...source.matchAll(TITLED)].flatMap(([, , ids = '', rest = '']) =>
      ids
        .split(', ')
        .filter((id) => {
          const named = rows.find((row) => row.id === id)?.tests ?? [];
          return !named.some((each) => each.path === path && covers(each, `${ids}: ${rest}`));
        })
        .map((id) => `${id}: does not name "${ids}: ${rest}" of test/${path}`),
    ),
  );
}

/** For each kind of mistake: how the document is changed, and what must be found. */
const MISTAKES: Readonly<Record<string, readonly [from: string | RegExp, to: string, found: string]>> = {
  'a gap': [/^\| C7 .*\n/m, '', 'C7 is expected, not C8'],
  'an id that comes twice': [/^(\| D4 .*\n)/m, '$1$1', 'D5 is expected, not D4'],
  'one id too many': [/^\| K6 (.*)\n/m, '| K6 $1\n| K7 $1\n', 'K7 is one too many'],
  'a file that is not there': [
    /(?<=\| A9 .*)key-selection/g,
    'key-election',
    'A9: there is no test/token/key-election.test.ts',
  ],
  'a title that is not there': [
    '"D13: neither its page nor its button',
    '"D13: neither its page nor a button',
    'D13: test/http/link-lead.test.ts has no "D13: neither its page nor a button sets a cookie"',
  ],
  'a part of a title': ['"logs nobody in"', '"logs nobody"', 'D13: test/examples/main-app.test.ts has no'],
  'a beginning that is not there': ['"A11: …"', '"A11: B …"', 'A11: test/token/strict-json.test.ts has no'],
  'a link to another file': [
    '[http/redeem.test.ts](../test/http/redeem.test.ts)',
    '[http/redeem.test.ts](../test/http/mint.test.ts)',
    'C17: cannot be read: ',
  ],
  'a result that is none': [/(?<=^\| A7 .*\| )holds(?= \|$)/m, 'passes', 'A7: is no result: passes'],
  'a part without a reason': [/(?<=^\| D7 .*\| holds in part)[^|]*/m, ' ', 'D7: is no result: holds in part'],
  'a requirement that holds without a test': [/(?<=^\| H4 \|[^|]*\|)[^|]*/m, ' ', 'H4: holds without a test'],
  'a test with an id that is not named': [
    /(?<=^\| J6 .*)"J6: [^"]*"/m,
    '"J6: is in no file …"',
    'J6: does not name "J6: sees no token',
  ],
};

describe('docs/security-tests.md', () => {
  it('has every requirement once and in order, with tests that exist, and names every test with an id', () => {
    expect(problemsOf(DOCUMENT)).to.deep.equal([]);
    expect(rowsOf(DOCUMENT).length).to.be.greaterThan(IDS.length);
  });

  for (const [what, [from, to, found]] of Object.entries(MISTAKES)) {
    it(`is not right with ${what}`, () => {
      const changed = DOCUMENT.replace(from, to);
      expect(changed, 'nothing was changed').to.not.equal(DOCUMENT);
      expect(problemsOf(changed).filter((problem) => problem.startsWith(found))).to.not.deep.equal([]);
    });
  }

  it('links to files that are there', () => {
    for (const [, target = ''] of DOCUMENT.matchAll(/\]\((?!https:)([^)#]+)/g)) {
      expect(existsSync(new URL(`docs/${target}`, ROOT)), target).to.equal(true);
    }
  });
});
