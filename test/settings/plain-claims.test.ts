import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import fc from 'fast-check';
import { compileClaimsSchema } from '../../src/settings/claims-schema.ts';
import type { ClaimsSchema } from '../../src/settings/declared-claims.ts';
import { isPlain } from '../../src/settings/plain-claims.ts';

const value = fc.oneof(
  fc.constantFrom('object', 'string', 'integer', 'number', 'boolean', 'array', 'null', 'text'),
  fc.integer({ min: -2, max: 9 }),
  fc.constantFrom(0.5, Number.NaN, null, true, false),
  fc.array(fc.constantFrom('a', 'b', 'c', 1), { maxLength: 3 }),
);
const keyword = fc.constantFrom(
  ...['minLength', 'maxLength', 'minimum', 'maximum', 'enum', 'title', 'description', 'items', 'required'],
  ...['format', '$ref', 'default', 'properties', 'exclusiveMinimum', 'toString'],
);
const type = fc.constantFrom('string', 'string', 'integer', 'number', 'boolean', 'object', 'text', 7);
const claim = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(type, fc.dictionary(keyword, value, { maxKeys: 2 })) },
  { weight: 1, arbitrary: fc.tuple(type, fc.constant({})) },
);
const schemas: fc.Arbitrary<ClaimsSchema> = fc
  .record({
    claims: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'constructor', '__proto__', 'd/e', ''), claim),
    required: fc.option(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 1), { maxLength: 3 })),
    more: fc.option(fc.dictionary(keyword, value, { maxKeys: 1 })),
    closed: fc.constantFrom(undefined, false),
  })
  .map(({ claims, required, more, closed }) => ({
    type: 'object',
    ...(closed === undefined ? {} : { additionalProperties: closed }),
    properties: Object.fromEntries(
      Object.entries(claims).map(([name, [of, said]]) => [name, { type: of, ...said }]),
    ),
    ...(required === null ? {} : { required }),
    ...more,
  }));

describe('a plain schema of claims', () => {
  it('is one that the schema of schemas has nothing against, whatever it is', () => {
    const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true, logger: false });
    let plain = 0;
    let wrong = 0;
    const check = (schema: ClaimsSchema) => {
      if (isPlain(schema)) {
        plain++;
        expect(() => ajv.compile({ ...schema, additionalProperties: false })).to.not.throw();
      } else if (!ajv.validateSchema(schema)) wrong++;
    };
    fc.assert(fc.property(schemas, check), { numRuns: 1000 });
    expect(plain).to.be.greaterThan(0);
    expect(wrong).to.be.greaterThan(0);
  });

  it('is what most are', () => {
    const key = { type: 'string', minLength: 1, maxLength: 512, description: 'Of the object.' };
    const size = { type: 'integer', minimum: 0, maximum: 10 };
    const schema = { type: 'object', required: ['key'], properties: { key, size, is: { type: 'boolean' } } };
    expect(isPlain(schema)).to.equal(true);
    expect(isPlain({ type: 'object' })).to.equal(true);
    expect(isPlain({ ...schema, properties: { key: { type: 'string', pattern: '^a$' } } })).to.equal(false);
  });

  it('is compiled when it is first needed, and finds what any other finds', () => {
    const parse = compileClaimsSchema({
      type: 'object',
      properties: { k: { type: 'string', minLength: 2 } },
    });
    expect(parse({ k: 'aa' })).to.deep.include({ ok: true });
    expect(parse({ k: 'a' })).to.deep.equal({
      ok: false,
      problems: [{ path: 'claims.k', pointer: '#/claims/k', message: 'must have at least 2 characters' }],
    });
  });

  it('may name claims like what every object has: they are there only if they were sent', () => {
    const properties = { constructor: { type: 'string' }, toString: { type: 'string' } };
    const parse = compileClaimsSchema({ type: 'object', properties, required: ['toString'] });
    expect(parse({ toString: 'x' })).to.deep.include({ ok: true });
    expect(parse({})).to.deep.equal({
      ok: false,
      problems: [{ path: 'claims.toString', pointer: '#/claims/toString', message: 'is required' }],
    });
  });

  it('with anything wrong in it is refused at once', () => {
    for (const k of [
      { type: 'string', minLength: -1 },
      { type: 'text' },
      { minimum: 1 },
      { type: 'string', x: 1 },
    ])
      expect(() => compileClaimsSchema({ type: 'object', properties: { k } }), JSON.stringify(k)).to.throw();
    // As YAML reads a name with nothing behind it.
    for (const properties of [null, [], 'text', { k: null }, { k: [] }])
      expect(
        () => compileClaimsSchema({ type: 'object', properties }),
        JSON.stringify(properties),
      ).to.throw();
  });
});
