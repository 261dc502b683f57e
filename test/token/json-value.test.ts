import { expect } from 'chai';
import fc from 'fast-check';
import { isJsonObject, MAX_JSON_DEPTH, projectJson, UnfitJsonError } from '../../src/token/json-value.ts';

describe('projectJson', () => {
  it('throws nothing but UnfitJsonError, whatever it is given', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withObjectString: true,
      withTypedArray: true,
      withSparseArray: true,
      withUnicodeString: true,
      maxDepth: 12,
    });
    fc.assert(
      fc.property(anything, (value) => {
        try {
          projectJson(value);
        } catch (error) {
          expect(error).to.be.an.instanceOf(UnfitJsonError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('throws UnfitJsonError for what JSON does not know, and for a value that holds itself', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    for (const value of [
      undefined,
      1n,
      Symbol('s'),
      () => 1,
      Number.NaN,
      Infinity,
      -Infinity,
      [undefined],
      loop,
    ]) {
      expect(() => projectJson(value)).to.throw(UnfitJsonError);
    }
  });

  it('gives a copy that says the same, and that nothing was inherited into', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: MAX_JSON_DEPTH - 1, stringUnit: 'grapheme' }), (text) => {
        fc.pre(!text.includes('__proto__'));
        const value: unknown = JSON.parse(text);
        const copy = projectJson(value);
        expect(JSON.stringify(copy)).to.equal(JSON.stringify(value));
        expect(prototypesIn(copy)).to.deep.equal([]);
      }),
      { numRuns: 500 },
    );
  });

  it('does not share any part of its copy with the original', () => {
    const original = { a: [{ b: 1 }] };
    const copy = projectJson(original);
    original.a.push({ b: 2 });
    expect(JSON.stringify(copy)).to.equal('{"a":[{"b":1}]}');
  });

  it(`takes ${MAX_JSON_DEPTH} levels and no more, of lists and objects alike`, () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const nested = (levels: number): unknown =>
        JSON.parse(`${open.repeat(levels)}1${close.repeat(levels)}`);
      expect(() => projectJson(nested(MAX_JSON_DEPTH))).to.not.throw();
      expect(() => projectJson(nested(MAX_JSON_DEPTH + 1))).to.throw(UnfitJsonError, /deeper than/);
      expect(() => projectJson(nested(5000))).to.throw(UnfitJsonError, /deeper than/);
    }
  });

  it('quotes no part of the value in what it throws', () => {
    for (const text of [
      '{"__proto__":"Zq9Marker"}',
      '"Zq9Marker\\ud800"',
      '{"Zq9Marker\\ud800":1}',
      '[1e999]',
    ]) {
      expect(() => projectJson(JSON.parse(text)))
        .to.throw(UnfitJsonError)
        .with.property('message')
        .that.does.not.contain('Zq9Marker');
    }
  });

  it('knows an object from a list and from null', () => {
    expect([{}, [], null, 'text', 1, true, undefined].map((value) => isJsonObject(value))).to.deep.equal([
      true,
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

/** The prototypes of all objects in a value that have one, lists aside. */
function prototypesIn(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const prototype: unknown = Array.isArray(value) ? null : Object.getPrototypeOf(value);
  return [...(prototype === null ? [] : [prototype]), ...Object.values(value).flatMap(prototypesIn)];
}
