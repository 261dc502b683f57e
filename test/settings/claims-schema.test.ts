import { expect } from 'chai';
import { compileClaimsSchema } from '../../src/settings/claims-schema.ts';
import type { ClaimsSchema } from '../../src/settings/declared-claims.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { UnfitJsonError } from '../../src/token/json-value.ts';
import { problemsOf } from './problems-of.ts';

const configured = (claims: unknown) => ({ purposes: { p: { audience: 'a', lifetime: '5m', claims } } });

/** The problems that a schema finds in claims. */
function checkOf(schema: ClaimsSchema) {
  const parse = compileClaimsSchema(schema);
  return (claims: unknown) => {
    const parsed = parse(claims);
    return 'problems' in parsed ? parsed.problems : [];
  };
}

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
    [
      'a broken pattern',
      { type: 'object', properties: { k: { type: 'string', pattern: '(' } } },
      /properties\.k\.pattern: the pattern cannot be used/,
    ],
    [
      'a pattern that looks ahead',
      { type: 'object', properties: { k: { type: 'string', pattern: '^(?=a)' } } },
      /properties\.k\.pattern: .*look-around/,
    ],
    [
      'a pattern that refers back',
      { type: 'object', properties: { k: { type: 'array', items: { pattern: '(a)\\1' } } } },
      /properties\.k\.items\.pattern: .*back references/,
    ],
    [
      'a pattern that is too large',
      { type: 'object', properties: { k: { type: 'string', pattern: '^(a{1,100}){1,10}$' } } },
      /properties\.k\.pattern: .*too large/,
    ],
    [
      'such a pattern of names',
      { type: 'object', properties: { k: { type: 'object', patternProperties: { '^(?!x)': {} } } } },
      /properties\.k\.patternProperties: /,
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
      [{ enum: ['a', 1, null] }, 'b', 'must be one of a, 1, null'],
      [{ const: { a: 1 } }, 'b', 'must be {"a":1}'],
      [{ type: 'string', minLength: 2 }, 'b', 'must have at least 2 characters'],
      [{ type: 'string', maxLength: 1 }, 'bb', 'must have at most 1 character'],
      [{ type: 'string', pattern: '^a+$' }, 'b', 'must match the pattern ^a+$'],
      [{ type: 'string', pattern: `^(?:${'a'.repeat(99)})$` }, 'b', 'does not match its pattern'],
      [{ type: 'number', minimum: 2 }, 1, 'must be at least 2'],
      [{ type: 'number', exclusiveMaximum: 1 }, 1, 'must be less than 1'],
      [{ type: 'number', multipleOf: 2 }, 1, 'must be a multiple of 2'],
      [{ type: 'array', items: {}, minItems: 1 }, [], 'must have at least 1 item'],
      [{ type: 'array', items: {}, uniqueItems: true }, [1, 1], 'must not have two equal items'],
      [
        { anyOf: [{ type: 'string' }, { type: 'null' }] },
        1,
        'has none of the forms that are allowed here, or more than one',
      ],
      [{ not: { type: 'string' } }, 'a', 'has a form that is not allowed here'],
      [false, 'a', 'is not allowed here'],
    ];
    for (const [schema, value, message] of words) {
      const found = checkOf({ type: 'object', properties: { k: schema } })({ k: value });
      expect(found, JSON.stringify(schema)).to.deep.equal([
        { path: 'claims.k', pointer: '#/claims/k', message },
      ]);
    }
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

  it('are matched in a time that grows no faster than they do', () => {
    for (const pattern of [
      '^(?:a+)+$',
      '^(a|aa)+$',
      '[\\w-]+\\.pdf$',
      '^(\\w+\\s?)*$',
      '^(.*)*$',
      '(x+x+)+y',
    ]) {
      const check = checkOf({
        type: 'object',
        properties: {
          k: { type: 'string', pattern },
          l: { type: 'array', items: { type: 'string', pattern } },
        },
      });
      // A backtracking engine would take longer than anybody waits.
      check({ k: `${'a'.repeat(30_000)}!`, l: ['xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'.repeat(100)] });
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
