import { expect } from 'chai';
import fc from 'fast-check';
import { MAX_USES } from '../../src/contract/limits.ts';
import {
  EPOCH_BYTES,
  formatTokenId,
  MAX_GENERATION,
  MAX_LEVEL,
  NONCE_BYTES,
  parseTokenId,
  type TokenId,
} from '../../src/token/id.ts';

const MAX_SECONDS = 0xff_ff_ff_ff;
const MAX_LIFETIME = 0xf_ff;

const octets = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((bytes) => Buffer.from(bytes).toString('base64url'));

const tokenIds: fc.Arbitrary<TokenId> = fc
  .record({
    shard: fc.integer({ min: 0, max: 255 }),
    epoch: octets(EPOCH_BYTES),
    issuedAt: fc.integer({ min: 0, max: MAX_SECONDS - MAX_LIFETIME }),
    lifetime: fc.integer({ min: 1, max: MAX_LIFETIME }),
    uses: fc.integer({ min: 1, max: MAX_USES }),
    level: fc.integer({ min: 0, max: MAX_LEVEL }),
    generation: fc.integer({ min: 0, max: MAX_GENERATION }),
    nonce: octets(NONCE_BYTES),
  })
  .map(({ lifetime, level, ...id }) => ({
    ...id,
    expiresAt: id.issuedAt + lifetime,
    ...(level === 0 ? {} : { level }),
  }));

describe('a jti', () => {
  it('says everything that it was written for', () => {
    fc.assert(
      fc.property(tokenIds, (id) => {
        expect(parseTokenId(formatTokenId(id))).to.deep.equal(id);
      }),
      { numRuns: 1000 },
    );
  });

  it('has one form: base64url characters of one length, no bit of which is spare', () => {
    fc.assert(
      fc.property(tokenIds, tokenIds, (one, other) => {
        const [first, second] = [formatTokenId(one), formatTokenId(other)];
        expect(first).to.match(/^[A-Za-z0-9_-]+$/);
        expect(first.length).to.equal(second.length);
        expect(first.length % 4).to.equal(0);
      }),
    );
  });

  it('reads as the id that would be written as it, or as none', () => {
    const { length } = formatTokenId(fc.sample(tokenIds, 1)[0] ?? fail());
    fc.assert(
      fc.property(octets((length / 4) * 3), (jti) => {
        const id = parseTokenId(jti);
        if (id) expect(formatTokenId(id)).to.equal(jti);
      }),
      { numRuns: 1000 },
    );
  });

  it('is refused once a character is dropped, doubled or added, or is not of base64url', () => {
    fc.assert(
      fc.property(tokenIds, fc.nat(), fc.string({ unit: 'binary', minLength: 1 }), (id, place, text) => {
        const jti = formatTokenId(id);
        const at = place % jti.length;
        const before = jti.slice(0, at);
        expect(parseTokenId(before + jti.slice(at + 1))).to.equal(undefined);
        expect(parseTokenId(before + jti.charAt(at) + jti.slice(at))).to.equal(undefined);
        expect(parseTokenId(before + text + jti.slice(at))).to.equal(undefined);
        const foreign = text.replaceAll(/[A-Za-z0-9_-]/g, '.').slice(0, 1);
        expect(parseTokenId(before + foreign + jti.slice(at + 1))).to.equal(undefined);
      }),
    );
  });

  it('is refused when it is anything but a string', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(parseTokenId(value)).to.equal(undefined);
      }),
      { numRuns: 500 },
    );
    const jti = formatTokenId(fc.sample(tokenIds, 1)[0] ?? fail());
    for (const value of [[jti], { toString: () => jti }, Object(jti), Buffer.from(jti), null, undefined]) {
      expect(parseTokenId(value)).to.equal(undefined);
    }
  });

  it('is refused when it has no lifetime, or says that it is for no use or for too many', () => {
    fc.assert(
      fc.property(tokenIds, (id) => {
        expect(parseTokenId(formatTokenId({ ...id, expiresAt: id.issuedAt }))).to.equal(undefined);
        for (const uses of [0, MAX_USES + 1, 255]) {
          expect(parseTokenId(formatTokenId({ ...id, uses }))).to.equal(undefined);
        }
      }),
    );
  });

  it('names at least 96 bits of epoch and 128 bits of nonce', () => {
    expect(EPOCH_BYTES).to.be.at.least(12);
    expect(NONCE_BYTES).to.be.at.least(16);
  });
});

function fail(): never {
  throw new Error('no sample');
}
