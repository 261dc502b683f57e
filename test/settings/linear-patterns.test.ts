import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import fc from 'fast-check';
import { linearPatterns } from '../../src/settings/linear-patterns.ts';

const NATIVE_TIMEOUT_MS = 50;

const pattern = (text: string) => ({ type: 'string', pattern: text });

function compiled(text: string) {
  const found = linearPatterns(pattern(text)).get(text);
  if (!found) throw new Error('the pattern was not found');
  return found;
}

/** Undefined for a pattern that is too large, or that the engine of the language takes too long for. */
function tryTo<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    expect(String(error)).to.match(/too large|timed out/);
    return undefined;
  }
}

const PATTERNS: readonly string[] = [
  '',
  'a|b|',
  '^$',
  '^a.c$',
  '\\ba\\b|\\Bb',
  '^[\\w.-]+@[^\\s@]+$',
  '\\d\\D\\w\\W\\s\\S',
  '[]|[^]',
  '^[^]{2}$',
  '[\\]a^-]',
  '^[[:alpha:]+$',
  '[\\b\\x41-\\x43\\u0061\\u{1F600}\\cJ\\0]',
  '\\x41\\u0061\\u{1F600}\\uD83D\\uDE00\\cJ\\0\\t',
  '^\\p{L}+\\P{Lu}?$',
  '\\p{Script=Greek}|\\p{ASCII}{3}',
  '^(?<year>\\d{4})-(?:0[1-9]|1[0-2])$',
  '(a+)+?b{2,}c{3}?d{1,2}',
  '\\/\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|\\^\\$\\\\',
  '\\u017f|\\u212a',
  'Q\\.E--',
];

const TEXTS: readonly string[] = [
  ...[
    '',
    'a',
    'b',
    'abc',
    'a\nc',
    'a\u2028c',
    'a\rc',
    'a c',
    'ab',
    'A',
    'aé',
    'é',
    'éa',
    ':',
    ']',
    '^',
    '-',
    '[',
    'a]',
  ],
  ...[
    'x@y.z',
    '1aa! \u00a0b',
    '1aa! \ufeffb',
    '😀',
    '😀😀',
    'AaA😀😀\n\0\t',
    '\n',
    '\0',
    '\b',
    'α',
    'ſ',
    'K',
    'k',
    's',
  ],
  ...['2026-11', '2026-13', 'aabbcccd', '/.*+?()[]{}|^$\\', 'QxE', 'Q.E--', '\u0085', '\u180e', 'aaa', '𝐀'],
];

/** What the engine of the language finds, which may take for ever: then it throws. */
function nativelyFound(made: string, sent: string): boolean {
  const options = { timeout: NATIVE_TIMEOUT_MS };
  return runInNewContext("new RegExp(made, 'u').test(sent)", { made, sent }, options);
}

describe('a pattern that is matched in linear time', () => {
  it('finds what the same pattern finds in JavaScript', () => {
    for (const text of PATTERNS) {
      const native = new RegExp(text, 'u');
      for (const sent of TEXTS) {
        expect(compiled(text).test(sent), `${text} in ${JSON.stringify(sent)}`).to.equal(native.test(sent));
      }
    }
  });

  it('finds it whatever the pattern is made of', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '.',
      '\\w',
      '[^a]',
      '\\b',
      '^',
      '$',
      '[a-c]',
      '\\s',
      'é',
      '😀',
      '\\.',
    );
    const times = fc.constantFrom('', '', '*', '+', '?', '{0,2}', '{2}', '+?');
    const { whole } = fc.letrec<{ whole: string; branch: string; item: string }>((tie) => ({
      whole: fc.array(tie('branch'), { minLength: 1, maxLength: 3 }).map((branches) => branches.join('|')),
      branch: fc.array(tie('item'), { maxLength: 4 }).map((items) => items.join('')),
      item: fc.oneof(
        { depthSize: 'small' },
        fc.tuple(atom, times).map(([one, often]) => (/^(?:\\b|\^|\$)$/.test(one) ? one : one + often)),
        fc.tuple(tie('whole'), times).map(([inner, often]) => `(${inner})${often}`),
      ),
    }));
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', ' ', '.', '\n', 'é', '😀'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(whole, text, (made, sent) => {
        const found = tryTo(() => compiled(made));
        fc.pre(found !== undefined);
        const native = tryTo(() => nativelyFound(made, sent));
        fc.pre(native !== undefined);
        expect(found?.test(sent)).to.equal(native);
      }),
      { numRuns: 500 },
    );
  });

  for (const [what, text, message] of [
    ['no regular expression', '(', /^pattern: is not a regular expression$/],
    ['one only without the flag u', 'a\\-b', /^pattern: is not a regular expression$/],
    ['a look ahead', '^(?=a)', /^pattern: the pattern cannot be used: look-around such as \(\?=…\)/],
    ['a negative look ahead', '^(?!a)', /look-around such as \(\?!…\)/],
    ['a look behind', '(?<=a)b', /look-around such as \(\?<=…\)/],
    ['a negative look behind', '(?<!a)b', /look-around such as \(\?<!…\)/],
    ['a back reference', '(a)\\1', /back references/],
    ['a named back reference', '(?<x>a)\\k<x>', /back references/],
    ['repetitions of repetitions', '(?:(?:a?b){1,20}){1,20}', /^pattern: the pattern is too large/],
    ['more repetitions than the engine can count', '^a{1,2000}$', /^pattern: the pattern is too large/],
  ] as const) {
    it(`is refused with its place: ${what}`, () => {
      expect(() => linearPatterns(pattern(text))).to.throw(message);
    });
  }

  it('is found wherever a schema can have one, and nowhere else', () => {
    const schema = {
      properties: {
        pattern: { items: { pattern: 'a' } },
        only: { const: { pattern: '(?=b)' }, default: { pattern: '(' }, enum: [{ pattern: '(' }] },
      },
      patternProperties: { c: { not: { pattern: 'd' } } },
      allOf: [{ propertyNames: { pattern: 'e' } }],
      $defs: { x: { prefixItems: [{ contains: { pattern: 'f' } }] } },
    };
    expect([...linearPatterns(schema).keys()].sort()).to.deep.equal(['a', 'c', 'd', 'e', 'f']);
    const looking = { properties: { k: { items: { anyOf: [true, { pattern: '(?=a)' }] } } } };
    expect(() => linearPatterns(looking)).to.throw(/^properties\.k\.items\.anyOf\.1\.pattern: /);
    expect(() => linearPatterns({ patternProperties: { '(?!a)': {} } })).to.throw(/^patternProperties: /);
  });
});
