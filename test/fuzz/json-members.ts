import fc from 'fast-check';
import { STRANGE, strange } from './edits.ts';

/** The members of a JSON object as they are written: two may have one name, and a value may be any text. */
export type Members = readonly (readonly [name: string, text: string])[];

const WHATS = [
  ...([
    'drop',
    'double',
    'add',
    'move',
    'value',
    'exchange',
    'name',
    'respell-name',
    'respell-value',
  ] as const),
];

export interface MemberEdit {
  readonly what: (typeof WHATS)[number];
  readonly at: number;
  readonly other: number;
  readonly name: string;
  /** A JSON text. */
  readonly text: string;
}

export interface MemberEdits {
  readonly edits: readonly MemberEdit[];
  /** Between the tokens of the text. */
  readonly gap: string;
}

const NUMBERS = [
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '1.0',
    '1e0',
    '1E+2',
    '18e8',
    '0.1e-7',
    '1e400',
    '-1e400',
    '1e-400',
    '1.5',
    '4294967296',
  ],
  ...[
    '9007199254740993',
    '9'.repeat(40),
    `0.${'3'.repeat(40)}`,
    '01',
    '+1',
    '.5',
    '1.',
    '0x10',
    'NaN',
    'Infinity',
  ],
];
const OTHERS = [
  'null',
  'true',
  'false',
  '""',
  '[]',
  '{}',
  '[{}]',
  '{"a":1,"a":2}',
  '{"__proto__":1}',
  '"\\ud800"',
  '',
];
const HUGE = [JSON.stringify('x'.repeat(5000)), `[${'0,'.repeat(2000)}0]`];
const DEEP = [4, 8, 9, 300].flatMap((depth) => [
  `${'['.repeat(depth)}${']'.repeat(depth)}`,
  `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
]);

/** JSON texts for a value, and a few that are none. */
export const jsonTexts = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NUMBERS, ...OTHERS) },
  { weight: 3, arbitrary: strange.map((text) => JSON.stringify(text)) },
  { weight: 2, arbitrary: fc.json({ maxDepth: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom(...HUGE, ...DEEP) },
);

/** `names` and the JSON texts `values` are those that mean something where the object goes. */
export function memberEdits(
  names: readonly string[],
  values: readonly string[] = [],
  { minLength = 0, maxLength = 3 } = {},
): fc.Arbitrary<MemberEdits> {
  const what = fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom('value' as const, 'add' as const) },
    { weight: 2, arbitrary: fc.constantFrom(...WHATS) },
  );
  const at = fc.nat({ max: 11 });
  const name = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, fc.constantFrom(...STRANGE));
  const text =
    values.length === 0
      ? jsonTexts
      : fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...values) }, jsonTexts);
  const edit = fc.record({ what, at, other: at, name, text });
  const gap = fc.oneof(
    { weight: 8, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.constantFrom(' ', '\n', '\t', '\r\n', '\ufeff', '\u00a0') },
  );
  return fc.record({ edits: fc.array(edit, { minLength, maxLength }), gap });
}

export function membersOf(object: object): Members {
  return Object.entries(object).flatMap(([name, value]) => {
    const text: string | undefined = JSON.stringify(value);
    return text === undefined ? [] : [[JSON.stringify(name), text] as const];
  });
}

/** The text of an object after these edits; that of `JSON.stringify` without any. */
export function editedJson(object: object, { edits, gap }: MemberEdits): string {
  const members = edits.reduce<Members>(applied, membersOf(object));
  const parts = members.map(([name, text]) => `${name}${gap}:${gap}${text}`);
  return `{${gap}${parts.join(`${gap},${gap}`)}${gap}}`;
}

function applied(members: Members, { what, at: drawn, other: drawnOther, name, text }: MemberEdit): Members {
  if (what === 'add') return [...members, [JSON.stringify(name), text]];
  const at = drawn % Math.max(members.length, 1);
  const [old, ...after] = members.slice(at);
  if (!old) return members;
  const before = members.slice(0, at);
  const other = members[drawnOther % members.length] ?? old;
  switch (what) {
    case 'drop':
      return [...before, ...after];
    case 'double':
      return [...before, old, ...after, old];
    case 'move':
      return [...before, ...after, old];
    case 'value':
      return [...before, [old[0], text], ...after];
    case 'exchange':
      return [...before, [old[0], other[1]], ...after];
    case 'name':
      return [...before, [JSON.stringify(name), old[1]], ...after];
    case 'respell-name':
      return [...before, [respelled(old[0]), old[1]], ...after];
    case 'respell-value':
      return [...before, [old[0], respelled(old[1])], ...after];
  }
}

/** Another text for the same string. */
function respelled(text: string): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text.replace(/^"([^"\\])/, (_, first: string) => `"${escaped(first)}`);
}
