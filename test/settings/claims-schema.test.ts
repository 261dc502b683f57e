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
      /regular expression/,
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
    const undeclared = { path: 'claims', message: 'has a claim that the purpose does not declare' };
    for (const name of ['other', 'Key', '', 'constructor', 'toString']) {
      expect(check({ key: 'k', [name]: 'x' }), name).to.deep.equal([undeclared]);
    }
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
      'claims',
      'claims.key',
      'claims.list.1',
      'claims.list.3',
      'claims.size',
    ]);
    expect(check({})).to.have.lengthOf(2);
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
