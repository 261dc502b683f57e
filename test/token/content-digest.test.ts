import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { strongDigests } from '../../src/token/content-digest.ts';

/** RFC 9530 appendix D: of `{"hello": "world"}` and a line feed. */
const RFC_SHA256 = 'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:';
const RFC_SHA512 =
  'sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:';
const MD5 = `md5=:${'A'.repeat(22)}==:`;

const digestOf = (algorithm: 'sha256' | 'sha512', body: Uint8Array) =>
  `${algorithm.replace('sha', 'sha-')}=:${createHash(algorithm).update(body).digest('base64')}:`;

describe('a Content-Digest field', () => {
  it('gives its digests by SHA-256 and SHA-512, in its order, without the others', () => {
    expect(strongDigests(RFC_SHA256)).to.deep.equal([RFC_SHA256]);
    expect(strongDigests(RFC_SHA512)).to.deep.equal([RFC_SHA512]);
    expect(strongDigests(`${RFC_SHA512}, ${RFC_SHA256}`)).to.deep.equal([RFC_SHA512, RFC_SHA256]);
    expect(strongDigests(`${MD5},\t${RFC_SHA256} , unixsum=:AAA=:`)).to.deep.equal([RFC_SHA256]);
  });

  it('gives nothing without a strong digest', () => {
    for (const field of ['', MD5, 'unixsum=:AAA=:', `sha=:${'A'.repeat(27)}=:`]) {
      expect(strongDigests(field), field).to.equal(undefined);
    }
  });

  it('is not one with two digests of an algorithm, of which readers take different ones', () => {
    const other = digestOf('sha256', Buffer.from('other'));
    expect(strongDigests(`${RFC_SHA256}, ${other}`)).to.equal(undefined);
    expect(strongDigests(`${RFC_SHA256}, ${RFC_SHA256}`)).to.equal(undefined);
    expect(strongDigests(`${MD5}, ${MD5}, ${RFC_SHA256}`)).to.equal(undefined);
  });

  it('is not one in any other form', () => {
    const base64 = RFC_SHA256.slice('sha-256=:'.length, -1);
    for (const field of [
      base64,
      `sha-256=${base64}`,
      `sha-256="${base64}"`,
      `SHA-256=:${base64}:`,
      `sha-256 =:${base64}:`,
      `sha-256=: ${base64}:`,
      `sha-256=:${base64.slice(0, -1)}:`,
      `sha-256=:${base64}=:`,
      `sha-256=:${base64.replace('g=', 'h=')}:`,
      `sha-256=:${base64.replaceAll('/', '_')}:`,
      `sha-256=:${Buffer.alloc(31).toString('base64')}:`,
      `sha-256=:${Buffer.alloc(33).toString('base64')}:`,
      `sha-512=:${base64}:`,
      `sha-256=:${Buffer.from(base64, 'base64').toString('hex')}:`,
      'sha-256=::',
      `${RFC_SHA256},`,
      `${RFC_SHA256}, `,
      `,${RFC_SHA256}`,
      `${RFC_SHA256};a=1`,
      `${RFC_SHA256} ${RFC_SHA512}`,
      `(${RFC_SHA256})`,
    ]) {
      expect(strongDigests(field), field).to.equal(undefined);
    }
  });

  it('gives what was written into it, whatever the body', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (body) => {
        const digests = [digestOf('sha256', body), digestOf('sha512', body)];
        expect(strongDigests(digests.join(', '))).to.deep.equal(digests);
      }),
    );
  });

  it('is read, or not, without throwing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        strongDigests(text);
        strongDigests(`sha-256=:${text}:`);
      }),
    );
  });
});
