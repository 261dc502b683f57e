import { expect } from 'chai';
import { MAX_CLAIMS_OCTETS } from '../../src/contract/limits.ts';
import { MAX_LISTED_PROBLEMS } from '../../src/errors.ts';
import { compileClaimsSchema } from '../../src/settings/claims-schema.ts';
import type { ClaimsSchema } from '../../src/settings/declared-claims.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { UnfitJsonError } from '../../src/token/json-value.ts';
import { countOperations } from '../support/operations.ts';
import { anyOf } from '../support/soak.ts';
import { problemsOf } from './problems-of.ts';

/** One of them takes one to some nanoseconds. */
const MAX_OPERATIONS = 8_000_000;

const claim = (k: unknown) => ({ type: 'object', properties: { k } });
const configured = (claims: unknown) => ({ purposes: { p: { audience: 'a', lifetime: '5m', claims } } });

/** The problems that a schema finds in claims. */
function checkOf(schema: ClaimsSchema) {
  const parse = compileClaimsSchema(schema);
  return (claims: unknown) => {
    const parsed = parse(claims);
    return 'problems' in parsed ? parsed.problems : [];
  };
}

/** Each form has two of the next: with `depth` of them, one value is held to so many powers of two. */
function forms(depth: number): object {
  const twice = (next: number) => ({ anyOf: [{ $ref: `#/$defs/f${next}` }, { $ref: `#/$defs/f${next}` }] });
  const each = Array.from({ length: depth }, (_, index) => [`f${index}`, twice(index + 1)]);
  return Object.fromEntries([...each, [`f${depth}`, { type: 'null' }]]);
}

/** Claims that are as long as they can be, and declarations that are as much work as they can be. */
const LONG = 1500;
const numbers = Array.from({ length: 380 }, (_, index) => index);
const objects = Array.from({ length: 140 }, (_, index) => ({ a: index }));
const nested = (value: unknown, levels: number): unknown =>
  levels === 0 ? value : [nested(value, levels - 1)];
type WorstCase = readonly [string, ClaimsSchema, object];
const WORST_CASES: readonly WorstCase[] = [
  ...anyOf(
    [
      '^(?:a+)+$',
      '^(a|aa)+$',
      '[\\w-]+\\.pdf$',
      '^(\\w+\\s?)*$',
      '^(.*)*$',
      '(a+a+)+y',
      '(a|b)*a(a|b){60}$',
      '(?:a?){80}a{80}!$',
      '[a-z]{1,120}\\d',
      '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$',
      '^.{1,255}$',
    ],
    2,
  ).map(
    (pattern) =>
      [
        `the pattern ${pattern}`,
        claim({ type: 'string', pattern, maxLength: 512 }),
        { k: `${'a'.repeat(LONG)}!` },
      ] as const,
  ),
  ...anyOf<WorstCase>(
    [
      [
        'a pattern of names',
        claim({ type: 'object', patternProperties: { '^(a|aa)+b$': {}, '(a|b)*a(a|b){20}$': {} } }),
        { k: Object.fromEntries(objects.map((_, index) => [`aa${index}`, 1])) },
      ],
      [
        'a pattern of names alone',
        claim({ type: 'object', propertyNames: { pattern: '(a|b)*a(a|b){60}$' } }),
        { k: { ['a'.repeat(LONG)]: 1 } },
      ],
    ],
    1,
  ),
  ...anyOf<WorstCase>(
    [
      ['different numbers', claim({ type: 'array', uniqueItems: true }), { k: numbers }],
      ['different objects', claim({ type: 'array', uniqueItems: true }), { k: objects }],
      [
        'different lists',
        claim({ type: 'array', uniqueItems: true }),
        { k: numbers.slice(0, 250).map((index) => [index]) },
      ],
    ],
    1,
  ),
  [
    'several forms of each item',
    claim({ type: 'array', items: { anyOf: Array.from({ length: 28 }, () => ({ type: 'string' })) } }),
    { k: Array(700).fill(1) },
  ],
  [
    'many values of each item',
    claim({ type: 'array', items: { enum: Array.from({ length: 1000 }, (_, index) => `v${index}`) } }),
    { k: Array(700).fill(1) },
  ],
  [
    'forms that hold themselves',
    {
      ...claim({ $ref: '#/$defs/tree' }),
      $defs: { tree: { anyOf: [{ type: 'null' }, { type: 'array', items: { $ref: '#/$defs/tree' } }] } },
    },
    { k: nested(Array(700).fill(1), 5) },
  ],
];

describe('the claims that a purpose declares', () => {
  for (const [what, schema, message] of [
    ['no type', { properties: {} }, /must have "type: object"/],
    ['another type', { type: 'array' }, /must have "type: object"/],
    [
      'a type that does not exist',
      { type: 'object', properties: { k: { type: 'strin' } } },
      /properties\/k\/type/,
    ],
    ['a misspelled keyword', { type: 'object', requried: ['k'] }, /requried/],
    ['a required claim that is not declared', { type: 'object', required: ['k'] }, /"k"/],
    ['a claim that leads back to itself', claim({ $ref: '#/properties/k' }), /leads back/],
    [
      'two claims that lead back to each other',
      {
        type: 'object',
        properties: { k: { $ref: '#/$defs/a' } },
        $defs: { a: { allOf: [{ $ref: '#/$defs/b' }] }, b: { not: { $ref: '#/$defs/a' } } },
      },
      /leads back/,
    ],
    ['forms without end', { ...claim({ $ref: '#/$defs/f0' }), $defs: forms(16) }, /too long: too many forms/],
    [
      'very many values',
      claim({ type: 'array', items: { enum: Array.from({ length: 10_000 }, (_, index) => `v${index}`) } }),
      /too long/,
    ],
    [
      'a format that is not checked',
      { type: 'object', properties: { k: { type: 'string', format: 'email' } } },
      /email/,
    ],
    ['a reference to nothing', { type: 'object', properties: { k: { $ref: '#/$defs/k' } } }, /reference/],
    [
      'a reference to somewhere else',
      { type: 'object', properties: { k: { $ref: 'https://x.example/k' } } },
      /reference/,
    ],
    ['additionalProperties: true', { type: 'object', additionalProperties: true }, /additionalProperties/],
    ['additionalProperties: {}', { type: 'object', additionalProperties: {} }, /additionalProperties/],
    ['a check that is not finished when it answers', { type: 'object', $async: true }, /async/],
  ] as const) {
    it(`are refused with ${what}`, () => {
      const problems = problemsOf(configured(schema));
      expect(problems, JSON.stringify(schema)).to.have.lengthOf(1);
      expect(problems[0]).to.match(/^purposes\.p\.claims: /);
      expect(problems[0]).to.match(message);
    });
  }

  it('are refused when they are no schema at all', () => {
    for (const claims of ['key', [], 5, true]) {
      expect(problemsOf(configured(claims))[0]).to.match(/^purposes\.p\.claims: must be an object/);
    }
  });

  it('may have many forms, and thousands of values, where there is one value', () => {
    const tagged = (_: unknown, index: number) => ({
      type: 'object',
      properties: { kind: { const: `k${index}` }, size: { type: 'integer' } },
      required: ['kind'],
      additionalProperties: false,
    });
    const check = checkOf({
      type: 'object',
      properties: {
        form: { oneOf: Array.from({ length: 50 }, tagged) },
        value: { enum: Array.from({ length: 3000 }, (_, index) => `v${index}`) },
      },
    });
    expect(check({ form: { kind: 'k49', size: 1 }, value: 'v2999' })).to.deep.equal([]);
    expect(check({ form: { kind: 'k100', size: 1 }, value: 'v3000' })).to.have.lengthOf(2);
  });

  it('are refused for too much work wherever in a schema it is', () => {
    const label = (also: string) => ({ type: 'string', pattern: `^[a-z]([a-z${also}]{0,61}[a-z])?$` });
    const one = label('-');
    expect(() => compileClaimsSchema(claim(one))).to.not.throw();
    const both = { type: 'string', allOf: [one, label('_')] };
    const holding: readonly (readonly [unknown, readonly string[]])[] = [
      [both, ['not', 'if', 'then', 'else', 'items', 'contains', 'unevaluatedItems', 'propertyNames']],
      [both, ['additionalProperties', 'unevaluatedProperties']],
      [[both], ['allOf', 'anyOf', 'oneOf', 'prefixItems']],
      [{ a: both }, ['properties', 'patternProperties', 'dependentSchemas']],
    ];
    for (const [held, keywords] of holding) {
      for (const keyword of keywords) {
        expect(() => compileClaimsSchema(claim({ [keyword]: held })), keyword).to.throw(/too long/);
      }
    }
  });

  it('may say additionalProperties: false themselves', () => {
    expect(problemsOf(configured({ type: 'object', additionalProperties: false }))).to.deep.equal([]);
  });

  it('are all that a token may carry', () => {
    const check = checkOf({ type: 'object', properties: { key: { type: 'string' } } });
    expect(check({ key: 'k' })).to.deep.equal([]);
    expect(check({})).to.deep.equal([]);
    const undeclared = 'is not declared by the purpose';
    for (const [name, message] of [
      ['other', undeclared],
      ['kez', `${undeclared} (did you mean key?)`],
      ['Key', `${undeclared} (did you mean key?)`],
      ['constructor', undeclared],
      ['toString', undeclared],
    ] as const) {
      const expected = { path: `claims.${name}`, pointer: `#/claims/${name}`, message };
      expect(check({ key: 'k', [name]: 'x' }), name).to.deep.equal([expected]);
    }
    expect(check({ key: 'k', '': 'x' })[0]).to.include({ path: 'claims.(unnamed)' });
    expect(() => check(JSON.parse('{"key":"k","__proto__":"x"}'))).to.throw(UnfitJsonError, /__proto__/);
  });

  it('are checked to the end: every problem is told, by its path', () => {
    const check = checkOf({
      type: 'object',
      required: ['key', 'size'],
      properties: {
        key: { type: 'string', minLength: 3 },
        size: { type: 'integer', maximum: 10 },
        list: { type: 'array', items: { enum: ['a', 'b'] } },
      },
    });
    const problems = check({ key: 'k', size: 11, list: ['a', 'c', 'b', 'd'], more: 1 });
    expect(problems.map(({ path }) => path).sort()).to.deep.equal([
      'claims.key',
      'claims.list.1',
      'claims.list.3',
      'claims.more',
      'claims.size',
    ]);
    expect(check({}).map(({ path, message }) => `${path} ${message}`)).to.deep.equal([
      'claims.key is required',
      'claims.size is required',
    ]);
  });

  it('are told in plain words what is wrong with them', () => {
    const words: readonly (readonly [object | boolean, unknown, string])[] = [
      [{ type: 'string' }, 1, 'must be a string'],
      [{ type: ['string', 'null'] }, 1, 'must be a string or null'],
      [{ type: 'integer' }, 1.5, 'must be a whole number'],
      [{ type: 'string', enum: ['a', 'b'] }, 1, 'must be one of a, b'],
      [{ enum: ['a', 1, null] }, 'b', 'must be one of a, 1, null'],
      [{ enum: ['a'.repeat(150), 'b'.repeat(60), 'c'] }, 'b', `must be one of ${'a'.repeat(150)}, …`],
      [{ const: { a: 1 } }, 'b', 'must be {"a":1}'],
      [{ const: [1, [2]] }, 'b', 'must be [1,[2]]'],
      [{ type: 'string', minLength: 2 }, 'b', 'must have at least 2 characters'],
      [{ type: 'string', maxLength: 1 }, 'bb', 'must have at most 1 character'],
      [{ type: 'string', pattern: '^a+$' }, 'b', 'must match the pattern ^a+$'],
      [
        { type: 'string', pattern: `^(?:${'a'.repeat(99)})$` },
        'b',
        'does not match the pattern that the purpose declares',
      ],
      [{ type: 'number', minimum: 2 }, 1, 'must be at least 2'],
      [{ type: 'number', maximum: 1500 }, 1501, 'must be at most 1,500'],
      [{ type: 'number', exclusiveMinimum: 1e-7 }, 0, 'must be more than 1e-7'],
      [{ type: 'number', exclusiveMaximum: 1 }, 1, 'must be less than 1'],
      [{ type: 'number', multipleOf: 2 }, 1, 'must be a multiple of 2'],
      [{ type: 'array', minItems: 1 }, [], 'must have at least 1 item'],
      [{ type: 'array', maxItems: 2 }, [1, 2, 3], 'must have at most 2 items'],
      [{ type: 'array', prefixItems: [{}], items: false, minItems: 1 }, [1, 2], 'must have at most 1 item'],
      [{ type: 'array', uniqueItems: true }, [1, 2, 1], 'must not have equal items, as 0 and 2 are'],
      [
        { type: 'array', contains: { type: 'string' } },
        [1, 2],
        'must have at least 1 item of the form that the purpose declares',
      ],
      [{ type: 'object', minProperties: 1 }, {}, 'must have at least 1 member'],
      [
        { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
        [1, 2],
        'matches none of the allowed schemas',
      ],
      [{ oneOf: [{ type: 'string' }, { type: 'null' }] }, 1, 'matches none of the allowed schemas'],
      [
        { oneOf: [{ type: 'number' }, { type: 'integer' }] },
        1,
        'matches more than one of the allowed schemas',
      ],
      [{ not: { type: 'string' } }, 'a', 'has a form that is not allowed here'],
      [
        {
          if: { type: 'string' },
          then: { type: 'string', maxLength: 1 },
        },
        'ab',
        'must have at most 1 character',
      ],
      [false, 'a', 'is not allowed here'],
    ];
    for (const [schema, value, message] of words) {
      const found = checkOf({ type: 'object', properties: { k: schema } })({ k: value });
      expect(found, JSON.stringify(schema)).to.deep.equal([
        { path: 'claims.k', pointer: '#/claims/k', message },
      ]);
    }
  });

  it('are told at the member that is missing, undeclared or wrongly named, however deep', () => {
    const check = checkOf({
      type: 'object',
      properties: {
        list: {
          type: 'array',
          items: {
            type: 'object',
            properties: { 'a/b~c': { type: 'string' }, size: { type: 'integer' } },
            required: ['size'],
            additionalProperties: false,
          },
        },
        names: { type: 'object', propertyNames: { type: 'string', maxLength: 2 } },
        pair: { type: 'object', properties: { a: {}, b: {} }, dependentRequired: { a: ['b'] } },
      },
    });
    const claims = { list: [{ size: 1 }, { 'a/b~c': 1, siz: 1 }], names: { ab: 1, abc: 1 }, pair: { a: 1 } };
    expect(check(claims)).to.have.deep.members([
      { path: 'claims.list.1.size', pointer: '#/claims/list/1/size', message: 'is required' },
      {
        path: 'claims.list.1.siz',
        pointer: '#/claims/list/1/siz',
        message: 'is not declared by the purpose (did you mean size?)',
      },
      { path: 'claims.list.1.(unnamed)', pointer: '#/claims/list/1/(unnamed)', message: 'must be a string' },
      {
        path: 'claims.names.abc',
        pointer: '#/claims/names/abc',
        message: 'is not a name that is allowed here',
      },
      { path: 'claims.pair.b', pointer: '#/claims/pair/b', message: 'is required together with a' },
    ]);
  });

  it('keep what is wrong beside several forms, and tell no form apart, also by reference', () => {
    const check = checkOf({
      type: 'object',
      properties: { a: { $ref: '#/$defs/tree' }, b: { type: 'integer' } },
      anyOf: [
        { required: ['a'], properties: { a: {} } },
        { required: ['b'], properties: { b: {} } },
      ],
      $defs: {
        tree: { anyOf: [{ $ref: '#/$defs/leaf' }, { type: 'array', items: { $ref: '#/$defs/tree' } }] },
        leaf: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] },
      },
    });
    expect(check({ a: [[{ id: 1 }]] })).to.deep.equal([]);
    const none = 'matches none of the allowed schemas';
    const found = check({ a: [[{ id: 'x' }]], b: 'x' });
    expect(found.map(({ path, message }) => `${path} ${message}`)).to.deep.equal([
      `claims.a ${none}`,
      'claims.b must be a whole number',
    ]);
    expect(check({}).map(({ path, message }) => `${path} ${message}`)).to.deep.equal([`claims ${none}`]);
  });

  it('tell at most one problem more than are listed', () => {
    const check = checkOf({ type: 'object', properties: { l: { type: 'array', items: { type: 'null' } } } });
    expect(check({ l: Array(500).fill(1) })).to.have.lengthOf(MAX_LISTED_PROBLEMS + 1);
  });

  it('may hold equal objects to const and enum, and different ones apart from each other', () => {
    const point = { x: 1, y: [{ z: 2 }] };
    const schema = {
      type: 'object',
      properties: {
        only: { const: point },
        one: { enum: [{ a: 1 }, point] },
        all: { type: 'array', items: {}, uniqueItems: true },
      },
    };
    const check = checkOf(schema);
    expect(check({ only: point, one: { y: [{ z: 2 }], x: 1 }, all: [point, { x: 1 }, {}] })).to.deep.equal(
      [],
    );
    const wrong = check({ only: { ...point, x: 2 }, one: {}, all: [point, { ...point }] });
    expect(wrong.map(({ path }) => path)).to.have.members(['claims.only', 'claims.one', 'claims.all']);
  });

  describe('however they are declared, and whatever is sent, are checked at once:', () => {
    for (const [what, schema, claims] of WORST_CASES) {
      it(what, () => {
        const parse = compileClaimsSchema(schema);
        expect(Buffer.byteLength(JSON.stringify(claims))).to.be.within(1000, MAX_CLAIMS_OCTETS);
        const operations = countOperations(() => expect(parse(claims)).to.have.property('ok'));
        expect(operations, 'operations').to.be.below(MAX_OPERATIONS);
      });
    }
  });

  it('are each held to a pattern of their own', () => {
    const pattern = (text: string) => ({ type: 'string', pattern: text });
    const check = checkOf({ type: 'object', properties: { a: pattern('^a+$'), b: pattern('^b+$') } });
    expect(check({ a: 'aa', b: 'bb' })).to.deep.equal([]);
    expect(check({ a: 'bb', b: 'aa' })).to.have.length(2);
    const other = checkOf({ type: 'object', properties: { a: pattern('^c+$') } });
    expect(other({ a: 'cc' })).to.deep.equal([]);
    expect(other({ a: 'aa' })).to.have.length(1);
  });

  it('never repeat what was sent in a problem', () => {
    const check = checkOf({
      type: 'object',
      properties: {
        key: { type: 'string', pattern: '^x$', const: 'x' },
        map: { type: 'object', additionalProperties: { type: 'integer' } },
      },
    });
    const secret = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl';
    const problems = check({ key: secret, [secret]: secret, map: { [secret]: secret } });
    expect(problems.length).to.be.at.least(3);
    expect(JSON.stringify(problems)).to.not.include(secret);
  });

  it('are left as they were sent: nothing is converted, defaulted or removed', () => {
    const check = checkOf({
      type: 'object',
      properties: { count: { type: 'integer' }, mode: { type: 'string', default: 'fast' } },
    });
    const claims = { count: '5' };
    expect(check(claims)).to.have.lengthOf(1);
    expect(claims).to.deep.equal({ count: '5' });
    expect(check({})).to.deep.equal([]);
  });

  it('are absent from a purpose that declares none', () => {
    const { purposes } = parseSettings('purposes: { p: { audience: a, lifetime: 5m } }', {}, 'x');
    expect(purposes.get('p')?.parseClaims).to.equal(undefined);
  });
});
