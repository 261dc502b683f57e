import { expect } from 'chai';
import fc from 'fast-check';
import { normalTarget, normalUrl, receivedUrl } from '../../src/token/http-url.ts';

/** Each row: spellings of one URL, its normal one first. */
const EQUIVALENT = [
  [
    'https://api.example.test/',
    'https://api.example.test',
    'HTTPS://API.Example.TEST:443/',
    'https://api.example.test:/',
  ],
  ['http://api.example.test/', 'http://api.example.test:80', 'HTTP://api.example.test:080/'],
  ['https://api.example.test:8443/a', 'https://API.example.test:8443/a'],
  [
    'https://api.example.test/~a-._',
    'https://api.example.test/%7Ea%2D%2E%5F',
    'https://api.example.test/%7ea%2d%2e%5f',
  ],
  ['https://api.example.test/a%2Fb', 'https://api.example.test/a%2fb'],
  ['https://api.example.test/%C3%A9', 'https://api.example.test/é', 'https://api.example.test/%c3%a9'],
  [
    'https://api.example.test/b',
    'https://api.example.test/a/../b',
    'https://api.example.test/./b',
    'https://api.example.test/a/%2E%2e/b',
  ],
  ['https://api.example.test/a?b=%7B', 'https://api.example.test/%61?%62=%7b'],
  ['https://xn--exmple-cua.test/', 'https://exämple.test/', 'https://EXÄMPLE.test'],
  ['http://[::1]:4100/a', 'http://[0:0:0:0:0:0:0:1]:4100/a'],
] as const;

/** No two of these are the same URL. */
const DIFFERENT = [
  'https://api.example.test/a',
  'http://api.example.test/a',
  'https://api.example.test:8443/a',
  'https://api.example.test./a',
  'https://api.example.test.evil.test/a',
  'https://apiexample.test/a',
  'https://api.example.test/A',
  'https://api.example.test/a/',
  'https://api.example.test//a',
  'https://api.example.test/a?',
  'https://api.example.test/a?b',
  'https://api.example.test/a?b=',
  'https://api.example.test/a?b=%20',
  'https://api.example.test/a?b=+',
  'https://api.example.test/a?b=1&c=2',
  'https://api.example.test/a?c=2&b=1',
  'https://api.example.test/a;b',
  'https://api.example.test/a%3Bb',
  'https://api.example.test/a%3Fb',
  'https://api.example.test/a%23b',
  'https://api.example.test/a%2Fb',
  'https://api.example.test/a/b',
  'https://api.example.test/a%252Fb',
  'https://api.example.test/a%00',
  'https://api.example.test/%C3%A9',
  'https://api.example.test/e%CC%81',
];

/** What no request has as its URL, or no service of ours is reached by. */
const NO_URLS = [
  '',
  'api.example.test/a',
  '/a',
  '//api.example.test/a',
  'ftp://api.example.test/a',
  'javascript:alert(1)',
  'https:api.example.test/a',
  'https:/api.example.test/a',
  'https:///api.example.test/a',
  'https://',
  'https://?a',
  'https://user@api.example.test/a',
  'https://user:word@api.example.test/a',
  'https://@api.example.test/a',
  'https://:@api.example.test/a',
  'https://api.example.test@evil.test/a',
  'https://api.example.test\\@evil.test/a',
  'https://api.example.test\\a',
  'https://api.example.test/a\\b',
  'https://api.example.test/a#',
  'https://api.example.test/a#b',
  'https://api.example.test/a b',
  ' https://api.example.test/a',
  'https://api.example.test/a ',
  'https://api.example.test/a\n',
  'https://api.exa\tmple.test/a',
  'https://api.example.test/a\u0000',
  'https://api.example.test/%',
  'https://api.example.test/%4',
  'https://api.example.test/%zz',
  'https://api.example.test/%%41',
  'https://api.example.test/%%%33%34%31',
  'https://api.example.test/a?b=%',
  'https://api.example.test:99999/a',
  'https://api.example.test:8a/a',
  'https://api<example>.test/a',
  'https://[::1/a',
];

/** Paths out of what URL parsers trip over. */
const piece = fc.constantFrom(
  'a',
  'B',
  '/',
  '.',
  '..',
  '%2e',
  '%2F',
  '%25',
  '%41',
  '%7e',
  '%c3%a9',
  'é',
  ';',
  ':',
  '@',
  '+',
  '%',
  "'",
  '{',
  '|',
  '~',
  '1',
);
const path = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`);
const url = fc
  .tuple(
    fc.constantFrom('http', 'HTTPS'),
    fc.constantFrom('Api.test', 'api.test:443', '127.0.0.1:80'),
    path,
    path,
  )
  .map(([scheme, host, one, other]) => `${scheme}://${host}${one}?${other}`);

describe('the normal spelling of a URL', () => {
  it('has one also after it was asked for 20,000 times', () => {
    for (let times = 0; times < 20_000; times++) {
      expect(normalUrl(`https://ex\u00e4mple.test/${times}`)).to.equal(
        `https://xn--exmple-cua.test/${times}`,
      );
    }
  });

  it('is one for all equivalent spellings', () => {
    for (const [normal, ...others] of EQUIVALENT) {
      for (const spelling of [normal, ...others]) expect(normalUrl(spelling), spelling).to.equal(normal);
    }
  });

  it('is another one for every other URL', () => {
    const normal = DIFFERENT.map(normalUrl);
    expect(normal).to.not.include(undefined);
    expect(new Set(normal).size).to.equal(normal.length);
  });

  it('is none for what no request has', () => {
    for (const text of NO_URLS) expect(normalUrl(text), JSON.stringify(text)).to.equal(undefined);
  });

  it('is its own normal spelling', () => {
    fc.assert(
      fc.property(fc.oneof(url, fc.webUrl({ withQueryParameters: true })), (text) => {
        const normal = normalUrl(text);
        if (normal !== undefined) expect(normalUrl(normal)).to.equal(normal);
      }),
      { numRuns: 2000 },
    );
  });

  it('does not change with the case of scheme, host and escapes, nor with escaping what needs none', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), (text) => {
        const [, origin = '', rest = ''] = /^([a-z]+:\/\/[^/?#]+)(.*)$/s.exec(text) ?? [];
        const otherCase =
          origin.toUpperCase() + rest.replace(/%[\da-f]{2}/gi, (escaped) => escaped.toLowerCase());
        const escaped =
          origin +
          rest.replace(/%[\da-f]{2}|[a-z]/gi, (one) =>
            one.length > 1 ? one : `%${one.charCodeAt(0).toString(16)}`,
          );
        expect(normalUrl(otherCase)).to.equal(normalUrl(text));
        expect(normalUrl(escaped)).to.equal(normalUrl(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('is another one when the path or the query gets a character more', () => {
    fc.assert(
      fc.property(fc.webUrl(), fc.constantFrom('x', '%2F', '?', '%00'), (text, more) => {
        expect(normalUrl(`${text}${more}`)).to.not.equal(normalUrl(text));
      }),
      { numRuns: 500 },
    );
  });

  it('is found, or not, for any text without throwing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        for (const each of [text, `https://${text}`, `https://a/${text}`]) normalUrl(each);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the URL of a request that was received', () => {
  it('is refused when it has dot segments, which clients take away and servers may not', () => {
    for (const suspect of [
      '/admin/../a',
      '/a/.',
      '/a/..',
      '/./a',
      '/%2e%2e/a',
      '/.%2E/a',
      '/a/%2e?b',
      '/..',
    ]) {
      expect(receivedUrl(`https://api.example.test${suspect}`), suspect).to.equal(undefined);
    }
  });

  it('is its normal spelling otherwise, also where dots are no segment', () => {
    for (const fine of ['/a.pdf', '/.well-known/jwks.json', '/a..b', '/...', '/a?b=/../c', '/a?/./']) {
      expect(receivedUrl(`https://api.example.test${fine}`), fine).to.equal(
        `https://api.example.test${fine}`,
      );
    }
    for (const text of NO_URLS) expect(receivedUrl(text), JSON.stringify(text)).to.equal(undefined);
  });
});

describe('the target that a DPoP proof names', () => {
  it('is the normal spelling without query and fragment', () => {
    for (const text of ['', '?', '?b=1', '#', '#b', '?b#c', '#b?c', '?b=%zz']) {
      const target = normalTarget(`HTTPS://api.example.test:443/%61${text}`);
      expect(target, text).to.equal('https://api.example.test/a');
    }
    expect(normalTarget('https://api.example.test/a%3Fb')).to.equal('https://api.example.test/a%3Fb');
    expect(normalTarget('urn:a?b')).to.equal(undefined);
  });
});
