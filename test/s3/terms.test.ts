import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { Store } from '../../src/s3/store.ts';
import { type Asked, problemsOf, signed, storeOf } from './store-of.ts';

const sha256 = createHash('sha256').update('x').digest('base64');
const md5 = createHash('md5').update('x').digest('base64');

const MEDIA_TYPE = 'must be a media type of at most 255 characters, such as application/pdf';
const SHA256 = 'must be 32 octets of SHA-256 in base64';
const MD5 = 'must be 16 octets of MD5 in base64';
const EXPIRES_IN = 'must be a whole number of seconds, 1 to 900 for this store';

describe('what is asked of a signer', () => {
  let store: Store;

  before(async () => {
    store = await storeOf();
  });

  for (const [what, asked, problems] of [
    ['an empty key', { key: '' }, ['key: must not be empty']],
    ['a key with a double dot', { key: 'a/../b' }, ['key: must not have . or .. between slashes']],
    [
      'a file name for an upload',
      { operation: 'put', key: 'k', filename: 'f' },
      ['filename: is only for the operation get'],
    ],
    [
      'a largest length for a download',
      { key: 'k', maxLength: 5 },
      ['maxLength: is only for the operation post'],
    ],
    [
      'a largest length for an upload by PUT',
      { operation: 'put', key: 'k', maxLength: 5 },
      ['maxLength: is only for the operation post'],
    ],
    [
      'an exact length for a form',
      { operation: 'post', key: 'k', contentLength: 5, maxLength: 5 },
      ['contentLength: is only for the operation put'],
    ],
    [
      'digests for a download',
      { key: 'k', checksumSha256: sha256, contentMd5: md5 },
      ['checksumSha256: is only for the operation put', 'contentMd5: is only for the operation put'],
    ],
    [
      'no largest length for a form',
      { operation: 'post', key: 'k' },
      ['maxLength: is required for the operation post'],
    ],
    [
      'a key for a form in which servers put a name',
      { operation: 'post', key: `in/\${filename}`, maxLength: 5 },
      [`key: must not have \${filename} in it for the operation post`],
    ],
    [
      'a file name with a path',
      { key: 'k', filename: '../../etc/passwd' },
      ['filename: must be a name, without / and \\'],
    ],
    [
      'a file name with a path of Windows',
      { key: 'k', filename: 'C:\\x' },
      ['filename: must be a name, without / and \\'],
    ],
    [
      'a file name with a new header',
      { key: 'k', filename: 'a\r\nSet-Cookie: x=1' },
      ['filename: must not have control characters'],
    ],
    [
      'a file name with a line feed',
      { key: 'k', filename: 'a\nb' },
      ['filename: must not have control characters'],
    ],
    ['an empty file name', { key: 'k', filename: '' }, ['filename: must not be empty']],
    [
      'a file name with half a character',
      { key: 'k', filename: 'a\ud800' },
      ['filename: must not have lone surrogates'],
    ],
    [
      'a file name that is too long',
      { key: 'k', filename: 'f'.repeat(256) },
      ['filename: must be at most 255 characters'],
    ],
    [
      'a media type with a new header',
      { key: 'k', contentType: 'text/plain\r\nX-A: b' },
      [`contentType: ${MEDIA_TYPE}`],
    ],
    ['a media type without a subtype', { key: 'k', contentType: 'text' }, [`contentType: ${MEDIA_TYPE}`]],
    ...(['get', 'put', 'post'] as const).map((operation): [string, Asked, string[]] => [
      `a range of media types for a ${operation}`,
      { operation, key: 'k', contentType: 'image/*', ...(operation === 'post' ? { maxLength: 5 } : {}) },
      ['contentType: must be one media type, not a range: it is what the object would have'],
    ]),
    ['an empty media type', { operation: 'put', key: 'k', contentType: '' }, [`contentType: ${MEDIA_TYPE}`]],
    ['two media types', { key: 'k', contentType: 'text/plain, text/html' }, [`contentType: ${MEDIA_TYPE}`]],
    [
      'a media type with more blanks than signing keeps',
      { operation: 'put', key: 'k', contentType: 'text/plain;  charset=utf-8' },
      [`contentType: ${MEDIA_TYPE}`],
    ],
    [
      'a media type of 256 characters',
      { key: 'k', contentType: `text/${'x'.repeat(251)}` },
      [`contentType: ${MEDIA_TYPE}`],
    ],
    [
      'half an octet',
      { operation: 'put', key: 'k', contentLength: 0.5 },
      ['contentLength: must be a whole number of octets, at least 0'],
    ],
    [
      'a length below zero',
      { operation: 'put', key: 'k', contentLength: -1 },
      ['contentLength: must be a whole number of octets, at least 0'],
    ],
    [
      'a length that is no number',
      { operation: 'put', key: 'k', contentLength: Number.NaN },
      ['contentLength: must be a whole number of octets, at least 0'],
    ],
    [
      'a length beyond exact numbers',
      { operation: 'put', key: 'k', contentLength: 2 ** 53 },
      ['contentLength: must be a whole number of octets, at least 0'],
    ],
    [
      'a form for nothing',
      { operation: 'post', key: 'k', maxLength: 0 },
      ['maxLength: must be a whole number of octets, at least 1'],
    ],
    [
      'a digest in hex',
      { operation: 'put', key: 'k', checksumSha256: createHash('sha256').update('x').digest('hex') },
      [`checksumSha256: ${SHA256}`],
    ],
    [
      'a digest in base64url',
      { operation: 'put', key: 'k', checksumSha256: Buffer.alloc(32, 255).toString('base64url') },
      [`checksumSha256: ${SHA256}`],
    ],
    [
      'a digest without padding',
      { operation: 'put', key: 'k', contentMd5: md5.replace(/=/g, '') },
      [`contentMd5: ${MD5}`],
    ],
    [
      'a digest of another length',
      { operation: 'put', key: 'k', checksumSha256: md5, contentMd5: sha256 },
      [`checksumSha256: ${SHA256}`, `contentMd5: ${MD5}`],
    ],
    [
      'a digest in another spelling',
      { operation: 'put', key: 'k', contentMd5: `${md5.slice(0, 21)}${md5[21] === 'B' ? 'C' : 'B'}==` },
      [`contentMd5: ${MD5}`],
    ],
    ['no time at all', { key: 'k', expiresIn: 0 }, [`expiresIn: ${EXPIRES_IN}`]],
    ['a time below zero', { key: 'k', expiresIn: -5 }, [`expiresIn: ${EXPIRES_IN}`]],
    ['half a second', { key: 'k', expiresIn: 0.5 }, [`expiresIn: ${EXPIRES_IN}`]],
    ['a time that is no number', { key: 'k', expiresIn: Number.NaN }, [`expiresIn: ${EXPIRES_IN}`]],
    ['more time than the store allows', { key: 'k', expiresIn: 901 }, [`expiresIn: ${EXPIRES_IN}`]],
    [
      'everything wrong at once',
      { key: '/k', expiresIn: 0, filename: '', contentType: 'x' },
      [
        'key: must not begin with /',
        'filename: must not be empty',
        `contentType: ${MEDIA_TYPE}`,
        `expiresIn: ${EXPIRES_IN}`,
      ],
    ],
  ] as const satisfies readonly (readonly [string, Asked, readonly string[]])[]) {
    it(`is refused with ${what}`, async () => {
      expect(await problemsOf(store, asked)).to.deep.equal(problems);
    });
  }

  it('is judged by the whole key, the prefix of the store included', async () => {
    const under = await storeOf({ prefix: 'tenants/' });
    expect(await problemsOf(under, { key: 'a'.repeat(1017) })).to.deep.equal([
      'key: must be at most 1024 octets in UTF-8',
    ]);
    const { url } = await signed(under, { key: 'a'.repeat(1016) });
    expect(new URL(url).pathname).to.equal(`/tenants/${'a'.repeat(1016)}`);
  });

  it('may be of any length in time up to what the store allows, and is a minute by default', async () => {
    const at = 1_800_000_000_000;
    const endOf = async (asked: Asked, of = store) =>
      Date.parse((await signed(of, asked, at)).expiresAt) - at;
    expect(await endOf({ key: 'k' })).to.equal(60_000);
    expect(await endOf({ key: 'k', expiresIn: 1 })).to.equal(1000);
    expect(await endOf({ key: 'k', expiresIn: 900 })).to.equal(900_000);
    expect(await endOf({ key: 'k' }, await storeOf({ maxExpiresInSeconds: 10 }))).to.equal(10_000);
  });

  it('names a store that is not there', async () => {
    const { urlSigner } = await import('../../src/s3/url-signer.ts');
    const signer = urlSigner(new Map([['reports', store]]));
    expect([...signer.stores]).to.deep.equal(['reports']);
    const answer = await signer.sign({ store: 'elsewhere', operation: 'get', key: 'k' }, 0);
    expect(answer).to.include({ code: 'request_invalid' });
    expect(answer).to.have.nested.property('extras.errors[0].path', 'store');
  });
});
