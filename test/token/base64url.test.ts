import { expect } from 'chai';
import fc from 'fast-check';
import { isCanonicalBase64url, toBase64url } from '../../src/token/base64url.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('canonical base64url', () => {
  it('has one spelling for any octets: the one that they encode to', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (octets) => {
        expect(isCanonicalBase64url(Buffer.from(octets).toString('base64url'))).to.equal(true);
      }),
    );
  });

  it('is written of the octets that are given, and of none beside them in memory', () => {
    const all = Uint8Array.from({ length: 64 }, (_, index) => index);
    for (const [from, to] of [
      [0, 64],
      [7, 40],
    ] as const) {
      expect(toBase64url(all.subarray(from, to))).to.equal(
        Buffer.from(all.slice(from, to)).toString('base64url'),
      );
    }
  });

  it('is exactly what decodes and encodes to itself, for every text of one, two or three characters', () => {
    for (const one of ALPHABET) {
      expect(isCanonicalBase64url(one), one).to.equal(false);
      for (const two of ALPHABET) {
        expect(isCanonicalBase64url(one + two)).to.equal(reencodes(one + two));
        for (const three of ALPHABET) {
          const text = one + two + three;
          if (isCanonicalBase64url(text) !== reencodes(text)) expect.fail(text);
        }
      }
    }
  });

  it('agrees with decoding and encoding again for any text', () => {
    const base64urlText = fc.string({ unit: fc.constantFrom(...ALPHABET), minLength: 1 });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), base64urlText), (text) => {
        expect(isCanonicalBase64url(text)).to.equal(reencodes(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('is not empty, padded, in the standard alphabet or followed by a newline', () => {
    for (const text of ['', 'AA==', 'AAA=', '+AAA', 'A/AA', 'AAAA\n', ' AAAA', 'AA AA', 'ÄAAA']) {
      expect(isCanonicalBase64url(text), text).to.equal(false);
    }
  });
});

function reencodes(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}
