import { expect } from 'chai';
import fc from 'fast-check';
import { MatchstickError } from '../../src/errors.ts';
import { parseStrictJson, parseStrictJsonInTurns } from '../../src/token/strict-json.ts';

const DEPTH = 8;
const octets = (text: string) => new TextEncoder().encode(text);

/** What the body is refused for; undefined when it is accepted. */
function refusal(body: string | Uint8Array): string | undefined {
  try {
    parseStrictJson(typeof body === 'string' ? octets(body) : body);
    return undefined;
  } catch (error) {
    if (!(error instanceof MatchstickError)) throw error;
    expect(error.code).to.equal('request_invalid');
    expect(error.extras.errors).to.have.lengthOf(1);
    expect(error.extras.errors?.[0]?.path).to.equal('');
    return error.extras.errors?.[0]?.message;
  }
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function hasProto(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasProto);
}

const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth);

/** The same text with some characters of its strings written as \uXXXX, and blanks between its tokens. */
function respelled(text: string, choices: readonly boolean[]): string {
  let at = 0;
  const choose = () => choices[at++ % choices.length] ?? false;
  return text.replace(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g, (token) => {
    if (token.length === 1) return choose() ? `${token}\n\t ` : token;
    const inside = token
      .slice(1, -1)
      .replace(/\\u[0-9a-f]{4}|\\.|[^\\]/gu, (part) =>
        !part.startsWith('\\') && choose() ? unicodeEscape(part) : part,
      );
    return `"${inside}"`;
  });
}

function unicodeEscape(character: string): string {
  const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  return units.map((unit) => `\\u${unit}`).join('');
}

const choices = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
const wildString = fc.array(anyUnit, { maxLength: 6 }).map((units) => units.join(''));

describe('the strict JSON parser', () => {
  it('gives what JSON.parse gives, however the text is spelled, for any value that is not too deep', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 7, stringUnit: 'binary' }), choices, (value, escapes) => {
        const text = respelled(JSON.stringify(value), escapes);
        fc.pre(depthOf(value) <= DEPTH && !hasProto(value));
        expect(parseStrictJson(octets(text))).to.deep.equal(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it('takes objects of 2,000 members, and none that is larger, even in a text of many values', () => {
    const text = (members: number) =>
      `[{${Array.from({ length: members }, (_, index) => `"${index}":1`).join(',')}}]`;
    const bounds = { maxValues: 65_536 };
    expect(parseStrictJson(octets(text(2000)), bounds)).to.have.lengthOf(1);
    expect(() => parseStrictJson(octets(text(2001)), bounds)).to.throw(/more than 2,000 members/);
  });

  it('refuses any value that is nested deeper than 8, and only for that', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 14, depthSize: 'max' }), (value) => {
        fc.pre(!hasProto(value));
        const expected = depthOf(value) > DEPTH ? `the body is nested deeper than ${DEPTH}` : undefined;
        expect(refusal(JSON.stringify(value))).to.equal(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses a lone surrogate in any string or name, and accepts every other string', () => {
    fc.assert(
      fc.property(wildString, wildString, (name, value) => {
        const lone = !name.isWellFormed() || !value.isWellFormed();
        const expected = lone ? 'the body has a lone surrogate in a string' : undefined;
        expect(refusal(JSON.stringify({ [name]: [value] }))).to.equal(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('finds a member that comes twice, however deep it is and however its name is spelled', () => {
    const names = fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 4 }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(
        names,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 0, max: DEPTH - 1 }),
        choices,
        (unique, pick, place, depth, escapes) => {
          const members = unique.map((name) => `${JSON.stringify(name)}:[{"a":"{\\",:"},1]`);
          const again = `${JSON.stringify(unique[pick % unique.length])}:null`;
          members.splice(place % (members.length + 1), 0, again);
          const object = `{${members.join(',')}}`;
          fc.pre(depth <= DEPTH - 3);
          const text = respelled('{"b":'.repeat(depth) + object + '}'.repeat(depth), escapes);
          expect(() => JSON.parse(text)).to.not.throw();
          expect(refusal(text)).to.equal('the body has two members of the same name');
        },
      ),
      { numRuns: 500 },
    );
  });

  it('takes equal names in different objects, and names that differ only to the eye, for different members', () => {
    const text = '{"a":{"a":[{"a":1},{"a":"a"}]},"A":1,"\\u00e9":1,"e\\u0301":1,"a ":1,"\\\\u0061":1}';
    expect(parseStrictJson(octets(text))).to.deep.equal(JSON.parse(text));
  });

  for (const [what, text] of [
    ['plain', '{"a":1,"a":1}'],
    ['escaped', '{"a":1,"\\u0061":2}'],
    ['escaped in upper case', '{"\\u00e9":1,"\\u00E9":2}'],
    ['escaped and plain non-ASCII', '{"é":1,"\\u00e9":2}'],
    ['empty', '{"":1,"":2}'],
    ['apart', '{"a":1,"b":{"a":2},"c":[{"a":3}],"a":4}'],
    ['in a nested array', '[[{"x":[{"y":1,"y":1}]}]]'],
    ['after a string full of punctuation', '{"a":"\\\\\\"{[,:]}","a":2}'],
  ] as const) {
    it(`refuses two members of the same name: ${what}`, () => {
      expect(refusal(text)).to.equal('the body has two members of the same name');
    });
  }

  it('refuses a member named __proto__, however its name is spelled, and no other name or string', () => {
    for (const text of [
      '{"__proto__":1}',
      '{"a":[{"__proto__":{"a":1}}]}',
      '{"\\u005f_proto_\\u005F":1}',
      '{"a":1,"__proto__":1,"a":1}',
    ]) {
      expect(refusal(text), text).to.equal('the body has a member named __proto__');
    }
    for (const text of ['{"a":"__proto__"}', '["__proto__"]', '{"__proto":1,"proto__":1,"constructor":1}']) {
      expect(refusal(text), text).to.equal(undefined);
    }
  });

  it('accepts 8 levels of arrays, objects or both, and refuses 9', () => {
    for (const [deepest, tooDeep] of [
      [nested(8), nested(9)],
      [nested(7, '{"a":', '}').replace('}', '{}}'), nested(8, '{"a":', '}').replace('}', '{}}')],
      [nested(4, '[{"a":', '}]').replace('}', '1}'), nested(5, '[{"a":', '}]').replace('}', '1}')],
    ] as const) {
      expect(refusal(deepest), deepest).to.equal(undefined);
      expect(refusal(tooDeep), tooDeep).to.equal('the body is nested deeper than 8');
    }
  });

  it('counts depth, not brackets: a hundred siblings and brackets in strings are shallow', () => {
    expect(refusal(JSON.stringify(Array.from({ length: 100 }, () => [[]])))).to.equal(undefined);
    expect(refusal(JSON.stringify({ a: '['.repeat(100), '{{{{{{{{{{': 1 }))).to.equal(undefined);
  });

  it('refuses hundreds of thousands of levels without running out of stack', () => {
    expect(refusal(nested(500_000))).to.be.a('string');
    expect(refusal('{"a":'.repeat(200_000) + '1'.concat('}'.repeat(200_000)))).to.be.a('string');
  });

  for (const [what, body] of [
    ['a truncated sequence', [0x22, 0xc3, 0x22]],
    ['a stray continuation octet', [0x22, 0x80, 0x22]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a code point beyond U+10FFFF', [0x22, 0xf5, 0x80, 0x80, 0x80, 0x22]],
    ['Latin-1', [...Buffer.from('"\u00e9"', 'latin1')]],
    ['UTF-16 with a byte order mark', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ] as const) {
    it(`refuses what is not UTF-8: ${what}`, () => {
      expect(refusal(Uint8Array.from(body))).to.equal('the body is not UTF-8');
    });
  }

  for (const [what, body] of [
    ['nothing', ''],
    ['blanks', ' \n'],
  ] as const) {
    it(`says that the body is empty, instead of what is wrong with it: ${what}`, () => {
      expect(refusal(body)).to.equal('the body is empty; send a JSON object');
    });
  }

  for (const [what, body] of [
    ['a byte order mark', '\ufeff{}'],
    ['an unfinished object', '{"a":1'],
    ['an unfinished string', '{"a":"b'],
    ['a string that ends with a backslash', '{"a":"b\\'],
    ['two values', '{}{}'],
    ['two values without a comma', '[1 2]'],
    ['two texts without a comma', '[""""]'],
    ['two names without a comma', '[true true]'],
    ['a comma before anything', '[,1]'],
    ['two colons', '{"a"::1}'],
    ['a word', '[tru]'],
    ['a trailing comma', '{"a":1,}'],
    ['a comment', '{} // {}'],
    ['single quotes', "{'a':1}"],
    ['NaN', '{"a":NaN}'],
    ['a leading zero', '{"a":01}'],
    ['a raw control character in a string', '"a\nb"'],
    ['a NUL after the value', '{}\0'],
    ['UTF-16 without a byte order mark', '{\0}\0'],
  ] as const) {
    it(`refuses what is not JSON: ${what}`, () => {
      expect(refusal(body)).to.equal('the body is not valid JSON');
    });
  }

  it('has no longer strings than fit the body of a usual request, as they are written', () => {
    const text = (string: string) => Buffer.from(`["${string}"]`);
    for (const longest of ['a'.repeat(16_384), '\\u0041'.repeat(2730), '\\n'.repeat(8192)])
      expect(parseStrictJson(text(longest))).to.have.length(1);
    for (const longer of ['a'.repeat(16_385), '\\u0041'.repeat(2731), '\\n'.repeat(8193)])
      expect(() => parseStrictJson(text(longer))).to.throw(/a string longer than 16,384 characters/);
  });

  it('has a bounded number of different names of members', () => {
    const text = (different: number) => {
      const objects = Array.from({ length: 20 }, (_, row) =>
        Object.fromEntries(
          Array.from({ length: 900 }, (_, index) => [`n${(row * 900 + index) % different}`, 1]),
        ),
      );
      return octets(JSON.stringify(objects));
    };
    const bounds = { maxValues: 65_536 };
    expect(parseStrictJson(text(16_384), bounds)).to.have.lengthOf(20);
    expect(() => parseStrictJson(text(16_385), bounds)).to.throw(/more than 16,384 different names/);
  });

  it('of megabytes lets other work through, and is read and refused as one at once', async () => {
    const numbers = Array.from({ length: 65_000 }, (_, index) => 12345678901234560 + index * 16);
    const text = JSON.stringify({ tokens: numbers });
    let turns = 0;
    const count = (): void => {
      turns++;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    expect(await parseStrictJsonInTurns(octets(text), { maxValues: 70_000 })).to.deep.equal({
      tokens: numbers,
    });
    clearImmediate(next);
    expect(turns).to.be.greaterThan(1);
    const refused = await parseStrictJsonInTurns(octets(`${text}x`), { maxValues: 70_000 }).catch(
      (error) => error,
    );
    expect(refused).to.be.instanceOf(MatchstickError);
  });

  it('quotes nothing of the text in its refusals', () => {
    const marker = 'eyJ-do-not-quote-me';
    for (const text of [
      `{"token":"${marker}`,
      `{"${marker}":1,"${marker}":1}`,
      `"${marker}\\ud800"`,
      `${'['.repeat(9)}"${marker}"${']'.repeat(9)}`,
      `{"token":${marker}}`,
    ]) {
      try {
        parseStrictJson(octets(text));
        expect.fail(`${text} was accepted`);
      } catch (error) {
        if (!(error instanceof MatchstickError)) throw error;
        const told = JSON.stringify([error.message, error.extras, String(error.cause), error.stack]);
        expect(told).to.not.include(marker);
      }
    }
  });
});
