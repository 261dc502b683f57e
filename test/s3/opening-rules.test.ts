import { expect } from 'chai';
import { type OpensSettings, parseOpeningRules } from '../../src/s3/opening-rules.ts';
import type { StorePolicy } from '../../src/s3/store-policy.ts';
import { policyOf } from './store-of.ts';

const CLAIMS = ['key', 'filename', 'size', 'max', 'type'];
const wrongClaim = (name: string) =>
  CLAIMS.includes(name) ? undefined : 'the purpose declares no such claim';

function problemsOf(settings: Partial<OpensSettings>, store: Partial<StorePolicy> = {}): readonly string[] {
  const parsed = parseOpeningRules(
    { operation: 'get', key: 'k/{subject}', ...settings },
    policyOf(store),
    wrongClaim,
  );
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
}

const BETWEEN = 'key: must have a / between two placeholders: otherwise two subjects could name one object';

describe('what a purpose opens', () => {
  for (const [what, settings, problems] of [
    [
      'an unknown placeholder',
      { key: '{tenant}/x' },
      ['key: has {tenant}, which is not known here: use {subject} or {claims.<name>}'],
    ],
    [
      'a claim without its prefix',
      { key: '{key}' },
      ['key: has {key}, which is not known here: use {subject} or {claims.<name>}'],
    ],
    [
      'an empty placeholder',
      { key: 'a/{}' },
      ['key: has {}, which is not known here: use {subject} or {claims.<name>}'],
    ],
    [
      'a claim without a name',
      { key: 'a/{claims.}' },
      ['key: has {claims.}, which is not known here: use {subject} or {claims.<name>}'],
    ],
    [
      'blanks in a placeholder',
      { key: '{ subject }' },
      ['key: has { subject }, which is not known here: use {subject} or {claims.<name>}'],
    ],
    [
      'a placeholder of the environment',
      { key: '{subject}/{claims.key', filename: 'subject}' },
      ['key: has a brace without its partner', 'filename: has a brace without its partner'],
    ],
    ['braces in braces', { key: '{{subject}}' }, ['key: has a brace without its partner']],
    [
      'a claim that is not declared',
      { key: '{claims.kee}', filename: '{claims.name}' },
      [
        'key: has {claims.kee}, but the purpose declares no such claim',
        'filename: has {claims.name}, but the purpose declares no such claim',
      ],
    ],
    ['two placeholders next to each other', { key: '{subject}{claims.key}' }, [BETWEEN]],
    ['two placeholders with a hyphen between them', { key: 'a/{subject}-{claims.key}' }, [BETWEEN]],
    ['two placeholders with a slash too early', { key: 'a/{subject}/{claims.type}.{claims.key}' }, [BETWEEN]],
    ['an empty key', { key: '' }, ['key: must not be empty']],
    ['a key with a slash at the beginning', { key: '/{subject}' }, ['key: must not begin with /']],
    ['a key with a slash at the end', { key: '{subject}/' }, ['key: must not end with /']],
    ['a key with an empty segment', { key: 'a//{subject}' }, ['key: must not have // in it']],
    ['a key with a double dot', { key: '{subject}/../x' }, ['key: must not have . or .. between slashes']],
    ['a key with a line feed', { key: 'a\n/{subject}' }, ['key: must not have control characters']],
    [
      'terms of other operations',
      { filename: undefined, contentLength: 5, maxLength: '{claims.max}', contentMd5: 'x' },
      [
        'contentLength: is only for the operation put',
        'maxLength: is only for the operation post',
        'contentMd5: is only for the operation put',
      ],
    ],
    [
      'a file name for an upload',
      { operation: 'put', filename: '{claims.filename}' },
      ['filename: is only for the operation get'],
    ],
    [
      'a form without a largest length',
      { operation: 'post' },
      ['maxLength: is required for the operation post'],
    ],
    [
      'values that can be judged now',
      { filename: 'a/b', contentType: 'pdf' },
      [
        'filename: must be a name, without / and \\',
        'contentType: must be a media type of at most 255 characters, such as application/pdf',
      ],
    ],
    [
      'a length in words',
      { operation: 'put', contentLength: 'five' },
      ['contentLength: must be a whole number of octets, at least 0'],
    ],
    [
      'more time than the store allows',
      { for: 901 },
      ['for: must be 1s to 900s, the most that the store reports allows'],
    ],
    ['no time', { for: 0 }, ['for: must be 1s to 900s, the most that the store reports allows']],
  ] as const satisfies readonly (readonly [string, Partial<OpensSettings>, readonly string[]])[]) {
    it(`is refused with ${what}`, () => {
      expect(problemsOf(settings)).to.deep.equal(problems);
    });
  }

  for (const [what, settings] of [
    ['a key without placeholders', { key: 'terms.pdf' }],
    ['a placeholder with literals around it', { key: 'a/x-{subject}.d/{claims.key}' }],
    ['a placeholder that ends the key, after a literal', { key: '{subject}/x-{claims.key}' }],
    [
      'a length that a claim gives',
      { operation: 'put', contentLength: '{claims.size}', contentType: '{claims.type}' },
    ],
    ['a length as a number', { operation: 'post', maxLength: 1_000_000 }],
    ['the most that the store allows', { for: 900 }],
    ['two placeholders in a file name', { filename: '{subject}{claims.filename}' }],
  ] as const satisfies readonly (readonly [string, Partial<OpensSettings>])[]) {
    it(`may have ${what}`, () => {
      expect(problemsOf(settings)).to.deep.equal([]);
    });
  }

  it('lives for a minute by default, and for less where the store allows less', () => {
    const secondsOf = (maxExpiresInSeconds: number) => {
      const parsed = parseOpeningRules(
        { operation: 'get', key: 'k' },
        policyOf({ maxExpiresInSeconds }),
        wrongClaim,
      );
      return parsed.ok ? parsed.value.expiresInSeconds : undefined;
    };
    expect(secondsOf(900)).to.equal(60);
    expect(secondsOf(5)).to.equal(5);
  });
});
