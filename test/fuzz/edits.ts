import fc from 'fast-check';

/** Edits of texts, as plain data: what a failing run prints can be read, shrunk and drawn again. */
export interface Edit {
  readonly what: 'replace' | 'insert' | 'delete' | 'double' | 'swap' | 'cut' | 'repeat' | 'begin' | 'end';
  /** Where, taken modulo the length of the text. */
  readonly at: number;
  readonly length: number;
  readonly text: string;
}

const MOST_REPEATS = 3000;
/** A request with a longer head may be refused before anybody reads where it goes. */
export const MOST_HEAD_CHARACTERS = 8000;

/** What parsers, routers, Redis and pages give a meaning to, or mend, or lose. */
export const STRANGE: readonly string[] = [
  ...[
    '.',
    '..',
    '/',
    '\\',
    '%2e',
    '%2F',
    '%',
    '%00',
    '%zz',
    '//',
    '?',
    '#',
    '@',
    ';',
    ':',
    ',',
    '=',
    '|',
    '~',
    '!',
    '+',
  ],
  ...[' ', '\t', '\n', '\r', '\r\n', '\v', '\f', '\0', '\x1b', '\x7f', '\x85'],
  ...[
    '\u00a0',
    '\u200b',
    '\u202e',
    '\u2028',
    '\ufeff',
    '\ufffd',
    '\uffff',
    '\ud800',
    '\udc00',
    'é',
    'e\u0301',
    'ß',
    '🔥',
  ],
  ...['"', "'", '`', '<', '>', '&', '$', '{', '}', '[', ']', '(', ')', '*', '^'],
  ...[
    '-',
    '_',
    '0',
    '1',
    '-1',
    'A',
    'a',
    'Q',
    '9'.repeat(20),
    'NaN',
    'null',
    'true',
    '__proto__',
    'toString',
  ],
];

export const strange = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...STRANGE) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 5 }) },
);

export function edits(maxLength = 3): fc.Arbitrary<readonly Edit[]> {
  const what = fc.constantFrom<Edit['what'][]>(
    ...(['replace', 'insert', 'delete', 'double', 'swap', 'cut', 'repeat', 'begin', 'end'] as const),
  );
  const at = fc.nat({ max: 4096 });
  const edit = fc.record({ what, at, length: fc.integer({ min: 1, max: 12 }), text: strange });
  return fc.array(edit, { minLength: 1, maxLength });
}

export function edited(text: string, all: readonly Edit[]): string {
  return all.reduce(applied, text);
}

function applied(text: string, { what, at: drawn, length, text: other }: Edit): string {
  const at = drawn % (text.length + 1);
  const [before, part, after] = [text.slice(0, at), text.slice(at, at + length), text.slice(at + length)];
  switch (what) {
    case 'replace':
      return before + other + after;
    case 'insert':
      return before + other + part + after;
    case 'delete':
      return before + after;
    case 'double':
      return before + part + part + after;
    case 'swap':
      return before + after.slice(0, length) + part + after.slice(length);
    case 'begin':
      return other + text;
    case 'end':
      return text + other;
    case 'cut':
      return before;
    case 'repeat':
      return before + part.repeat((length * at) % MOST_REPEATS) + after;
  }
}

/** The same, octet by octet. */
export function editedOctets(octets: Uint8Array, all: readonly Edit[]): Buffer {
  return Buffer.from(edited(Buffer.from(octets).toString('latin1'), all), 'latin1');
}
