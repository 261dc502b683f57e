import { expect } from 'chai';
import fc from 'fast-check';
import { hasLowS, withLowS } from '../../src/token/low-s.ts';
import { otherFormOf } from '../support/forge.ts';

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const HALF = ORDER / 2n;

describe('the s of an ECDSA signature', () => {
  it('is low up to half of the order of the group, and not above', () => {
    for (const s of [1n, 2n, HALF - 1n, HALF]) expect(hasLowS(signatureWith(s)), String(s)).to.equal(true);
    for (const s of [HALF + 1n, ORDER - 1n]) expect(hasLowS(signatureWith(s)), String(s)).to.equal(false);
  });

  it('is left alone where it is low, and mirrored where it is not', () => {
    expect(withLowS(signatureWith(HALF))).to.deep.equal(signatureWith(HALF));
    expect(withLowS(signatureWith(HALF + 1n))).to.deep.equal(signatureWith(HALF));
    expect(withLowS(signatureWith(ORDER - 1n))).to.deep.equal(signatureWith(1n));
  });

  it('is the same low one for both forms of any signature', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: ORDER - 1n }), (s) => {
        const signature = signatureWith(s);
        const other = Buffer.from(otherFormOf('ES256', signature));
        expect([hasLowS(signature), hasLowS(other)].filter(Boolean)).to.have.lengthOf(1);
        expect(withLowS(signature)).to.deep.equal(withLowS(other));
        expect([signature, other]).to.deep.include(withLowS(signature));
      }),
    );
  });
});

function signatureWith(s: bigint): Buffer {
  const octets = Buffer.from(s.toString(16).padStart(64, '0'), 'hex');
  return Buffer.concat([Buffer.alloc(32, 7), octets]);
}
