import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { programOf } from '../../src/cli/run.ts';
import { ERROR_CODES, MatchstickError } from '../../src/errors.ts';
import { isWritten, textsIn } from './messages.ts';

const ROOT = new URL('../../', import.meta.url);
const PAGE = 'docs/troubleshooting.md';
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const DOCUMENT = read(PAGE);

const CODES: ReadonlySet<string> = new Set(ERROR_CODES);
const CODE_SPAN = /``(.+?)``|`([^`]+)`/g;
/** The first column of a table with this head is what Matchstick says. */
const MESSAGES_HEAD = /^\| message \|/;
/** As every error code reads. */
const LIKE_A_CODE = /^[a-z]+(?:_[a-z]+)+$/;
/** What others named in the same way: OAuth, Redis, Docker. */
const OF_OTHERS: ReadonlySet<string> = new Set(['access_token', 'evicted_keys', 'stop_grace_period']);

const spansIn = (text: string): readonly string[] =>
  [...text.matchAll(CODE_SPAN)].map(([, double = '', single = double]) => single.trim());

interface Section {
  readonly level: number;
  readonly title: string;
  readonly lines: readonly string[];
}

const withoutPrograms = (document: string) => document.replaceAll(/^```[\s\S]*?^```$/gm, '');

/** What is between two headings. */
function sectionsOf(document: string): readonly Section[] {
  const sections: { level: number; title: string; lines: string[] }[] = [];
  for (const line of withoutPrograms(document).split('\n')) {
    const [, marks, title] = /^(#+) (.+)$/.exec(line) ?? [];
    if (marks !== undefined && title !== undefined) sections.push({ level: marks.length, title, lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections;
}

/** What the page quotes as said by Matchstick: in the titles of its entries, and in tables of messages. */
function quotedIn({ title, lines }: Section): readonly string[] {
  let isOfMessages = false;
  const inTables = lines.flatMap((line) => {
    if (!line.startsWith('|')) isOfMessages = false;
    else if (MESSAGES_HEAD.test(line)) isOfMessages = true;
    else if (isOfMessages) return spansIn(line.split('|')[1] ?? '');
    return [];
  });
  return [...spansIn(title), ...inTables];
}

/** The name that GitHub gives to a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

const anchorsOf = (document: string) => new Set(sectionsOf(document).map(({ title }) => anchorOf(title)));

function linkProblems(document: string): readonly string[] {
  return [...document.matchAll(/\]\((?!https:)([^)]+)\)/g)].flatMap(([, target = '']) => {
    const [path = '', anchor] = target.split('#');
    const file = new URL(path, new URL(PAGE, ROOT));
    if (path !== '' && !existsSync(file)) return [`there is no ${path}`];
    if (anchor === undefined) return [];
    const anchors = anchorsOf(path === '' ? document : readFileSync(file, 'utf8'));
    return anchors.has(anchor) ? [] : [`${path} has no heading #${anchor}`];
  });
}

/** Whatever reads like an error code is one, and has its own status. */
function codeProblems(document: string): readonly string[] {
  const unknown = spansIn(withoutPrograms(document))
    .filter((span) => LIKE_A_CODE.test(span) && !CODES.has(span) && !OF_OTHERS.has(span))
    .map((span) => `${span} is no code`);
  const statuses = [...document.matchAll(/\b(\d{3}) `(\w+)`/g)].flatMap(([, status, code = '']) => {
    const known = ERROR_CODES.find((each) => each === code);
    if (known === undefined || String(new MatchstickError(known, '').status) === status) return [];
    return [`${code} is not ${status}`];
  });
  return [...unknown, ...statuses];
}

function entryProblems(sections: readonly Section[]): readonly string[] {
  const entries = sections.filter(({ level }) => level === 3);
  const explained = new Set(entries.flatMap(({ title }) => spansIn(title)));
  return [
    ...ERROR_CODES.filter((code) => !explained.has(code)).map((code) => `${code} has no entry`),
    ...entries
      .filter(({ lines }) => !lines.some((line) => /^\*\*Do:\*\* ./.test(line) || /^\| .* \| do /.test(line)))
      .map(({ title }) => `${title}: does not say what to do`),
  ];
}

/** The contents link to every area, in order. */
function contentsProblems([top, ...sections]: readonly Section[]): readonly string[] {
  const areas = sections.filter(({ level }) => level === 2).map(({ title }) => `#${anchorOf(title)}`);
  const linked = [...(top?.lines ?? []).join('\n').matchAll(/^- .*?\]\((#[^)]+)\)/gm)].map(([, to]) => to);
  const wrong = areas.find((area, index) => linked[index] !== area);
  return wrong === undefined && linked.length === areas.length ? [] : [`the contents lack ${wrong}`];
}

const silent = () => {};
const COMMANDS = new Set(
  programOf((command) => command, { version: '', stdout: silent, stderr: silent }).commands.map((command) =>
    command.name(),
  ),
);

function commandProblems(document: string): readonly string[] {
  const commands = [...document.matchAll(/(?:`|^(?:[A-Z_]+=\S+ )?)(?:npx --no )?matchstick (\w+)/gm)];
  return commands.flatMap(([, command = '']) =>
    COMMANDS.has(command) ? [] : [`there is no command ${command}`],
  );
}

const texts = textsIn(fileURLToPath(new URL('src', ROOT)));
const said = new Map<string, boolean>();

/** Looks once for each message: every changed page has most of them, too. */
function isSaid(message: string): boolean {
  const known = said.get(message) ?? isWritten(message, texts);
  said.set(message, known);
  return known;
}

function problemsOf(document: string): readonly string[] {
  const sections = sectionsOf(document);
  const unwritten = sections
    .flatMap(quotedIn)
    .filter((message) => !CODES.has(message) && !isSaid(message))
    .map((message) => `nothing in src/ says: ${message}`);
  return [
    ...unwritten,
    ...codeProblems(document),
    ...entryProblems(sections),
    ...contentsProblems(sections),
    ...commandProblems(document),
    ...linkProblems(document),
  ];
}

/** For each kind of mistake: how the page is changed, and what must be found. */
const MISTAKES: Readonly<Record<string, readonly [from: string | RegExp, to: string, found: string]>> = {
  'a message in a table that nothing says': [
    '`its issuer is another`',
    '`its issuer is wrong`',
    'nothing in src/ says: its issuer is wrong',
  ],
  'a message in a title that nothing says': [
    '`The service is stopping.`',
    '`The service stops.`',
    'nothing in src/ says: The service stops.',
  ],
  'a message that is cut without a sign': [
    /`Workers ended … times within a minute\.`/,
    '`Workers ended … times`',
    'nothing in src/ says: Workers ended … times',
  ],
  'a sign where nothing differs': [
    '`The token was revoked.`',
    '`The … was revoked.`',
    'nothing in src/ says: The … was revoked.',
  ],
  'a message of a few letters': ['`its issuer is another`', '`its …`', 'nothing in src/ says: its …'],
  'a code that is none': ['`token_void`', '`token_lost`', 'token_lost is no code'],
  'a code with the status of another': ['410 `token_void`', '409 `token_void`', 'token_void is not 409'],
  'a code without an entry': [/^### .*`token_held`.*$/m, '### Held', 'token_held has no entry'],
  'an entry that says nothing to do': [
    /(?<=^### .*`token_held`[^#]*)^\*\*Do:\*\*/m,
    'So:',
    '409 `token_held`: does not say',
  ],
  'an area that is not in the contents': [/^- \[Limits\].*\n/m, '', 'the contents lack #limits'],
  'a command that is none': ['`matchstick doctor`', '`matchstick heal`', 'there is no command heal'],
  'a link to a heading that is not there': ['(s3.md#credentials)', '(s3.md#secrets)', 's3.md has no heading'],
  'a link to a page that is not there': ['(s3.md#credentials)', '(s4.md)', 'there is no s4.md'],
};

describe(PAGE, () => {
  it('quotes what src/ says, has an entry with a remedy for every error code, and links to what is there', () => {
    expect(problemsOf(DOCUMENT)).to.deep.equal([]);
    expect(sectionsOf(DOCUMENT).flatMap(quotedIn).length).to.be.greaterThan(100);
  });

  for (const [what, [from, to, found]] of Object.entries(MISTAKES)) {
    it(`is not right with ${what}`, () => {
      const changed = DOCUMENT.replace(from, to);
      expect(changed, 'nothing was changed').to.not.equal(DOCUMENT);
      const more = problemsOf(changed).filter((problem) => problem.startsWith(found));
      expect(more).to.not.deep.equal([]);
    });
  }

  it('is in the list of pages of the README', () => {
    expect(read('README.md')).to.match(
      /^\| \[docs\/troubleshooting\.md\]\(docs\/troubleshooting\.md\) \| ./m,
    );
  });
});
