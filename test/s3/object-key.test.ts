import { expect } from 'chai';
import fc from 'fast-check';
import { filenameOf, keyProblem, prefixProblem, underPrefix } from '../../src/s3/object-key.ts';

describe('the key of an object', () => {
  for (const [what, key, problem] of [
    ['nothing', '', 'must not be empty'],
    ['a slash', '/', 'must not begin with /'],
    ['a slash at the beginning', '/a', 'must not begin with /'],
    ['a slash at the end', 'a/', 'must not end with /'],
    ['an empty segment', 'a//b', 'must not have // in it'],
    ['a dot segment', 'a/./b', 'must not have . or .. between slashes'],
    ['a dot segment alone', '.', 'must not have . or .. between slashes'],
    ['a double dot at the beginning', '../a', 'must not have . or .. between slashes'],
    ['a double dot in the middle', 'a/../b', 'must not have . or .. between slashes'],
    ['a double dot at the end', 'a/..', 'must not have . or .. between slashes'],
    ['a NUL', 'a\0b', 'must not have control characters'],
    ['a line feed', 'a\nb', 'must not have control characters'],
    ['a carriage return', 'a\rb', 'must not have control characters'],
    ['a tab', 'a\tb', 'must not have control characters'],
    ['DEL', 'a\x7fb', 'must not have control characters'],
    ['a control character above ASCII', 'a\x85b', 'must not have control characters'],
    ['half a surrogate pair', 'a\ud800b', 'must not have lone surrogates'],
    ['the other half', 'a\udc00', 'must not have lone surrogates'],
    ['1,025 octets', 'a'.repeat(1025), 'must be at most 1024 octets in UTF-8'],
    ['1,026 octets in 513 characters', 'é'.repeat(513), 'must be at most 1024 octets in UTF-8'],
  ] as const) {
    it(`is refused with ${what}`, () => {
      expect(keyProblem(key)).to.equal(problem);
    });
  }

  for (const [what, key] of [
    ['1,024 octets', 'a'.repeat(1024)],
    ['1,024 octets in 512 characters', 'é'.repeat(512)],
    ['dots in names', '.a/..b/c.../.d.'],
    ['three dots', '...'],
    ['what is an escaped double dot', '%2e%2e/%2E%2E'],
    ['what is an escaped slash', 'a%2Fb%5c'],
    ['backslashes', '..\\..\\a'],
    ['everything that a URL is cut by', 'a?b#c&d=e;f:g@h'],
    ['blanks at its ends', ' a '],
    ['a blank segment', 'a/ /b'],
  ] as const) {
    it(`may have ${what}`, () => {
      expect(keyProblem(key)).to.equal(undefined);
    });
  }

  it('that is not refused is the same after a client has tidied up the path of its URL', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.oneof(
            fc.constantFrom('.', '/', '%', '2', 'e', '\\'),
            fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
          ),
          maxLength: 12,
        }),
        (key) => {
          fc.pre(keyProblem(key) === undefined);
          const path = `/bucket/${key.split('/').map(encodeURIComponent).join('/')}`;
          expect(new URL(`http://host${path}`).pathname.replace(/[!'()*]/g, encodeURIComponent)).to.equal(
            path,
          );
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('the name of a download', () => {
  it('is what comes after the last slash of the key', () => {
    expect(filenameOf('a/b/march.pdf')).to.equal('march.pdf');
    expect(filenameOf('march.pdf')).to.equal('march.pdf');
  });

  it('is cut to what a file can be called, from its beginning, and never within a character', () => {
    expect(filenameOf(`a/${'x'.repeat(300)}.pdf`)).to.equal(`${'x'.repeat(251)}.pdf`);
    expect(filenameOf('🔥'.repeat(256))).to.equal('🔥'.repeat(255));
  });
});

describe('the prefix of a store', () => {
  it('may be empty, and may end with a slash', () => {
    for (const prefix of ['', 'a/', 'a/b/', 'a', 'a-'])
      expect(prefixProblem(prefix), prefix).to.equal(undefined);
  });

  it('is held to what keys are held to', () => {
    expect(prefixProblem('/')).to.equal('must not begin with /');
    expect(prefixProblem('/a/')).to.equal('must not begin with /');
    expect(prefixProblem('a//')).to.equal('must not end with /');
    expect(prefixProblem('a/../')).to.equal('must not have . or .. between slashes');
    expect(prefixProblem('../')).to.equal('must not have . or .. between slashes');
    expect(prefixProblem('a\n/')).to.equal('must not have control characters');
  });

  it('is put in front of a key, unless the key begins with it', () => {
    expect(underPrefix('42/a.pdf', 'tenants/')).to.equal('tenants/42/a.pdf');
    expect(underPrefix('tenants/42/a.pdf', 'tenants/')).to.equal('tenants/42/a.pdf');
    expect(underPrefix('tenants', 'tenants/')).to.equal('tenants/tenants');
    expect(underPrefix('Tenants/a', 'tenants/')).to.equal('tenants/Tenants/a');
    expect(underPrefix('a', '')).to.equal('a');
  });

  it('is what every key has that was not refused', () => {
    const key = fc.string({ unit: fc.constantFrom('.', '/', 'a', 'b'), minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(key, (candidate) => {
        fc.pre(keyProblem(candidate) === undefined);
        expect(underPrefix(candidate, 'a/').startsWith('a/')).to.equal(true);
      }),
    );
  });
});
