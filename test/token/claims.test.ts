import { expect } from 'chai';
import fc from 'fast-check';
import { decodeClaims, encodeClaims, type TokenClaims } from '../../src/token/claims.ts';
import { isJsonObject, type JsonObject, MAX_JSON_DEPTH, projectJson } from '../../src/token/json-value.ts';
import { encode } from '../support/forge.ts';

const text = fc.string({ unit: 'binary', minLength: 1 });
const seconds = fc.maxSafeNat();

const jsonObjects: fc.Arbitrary<JsonObject> = fc
  .dictionary(fc.string({ unit: 'binary' }), fc.json({ maxDepth: MAX_JSON_DEPTH - 4, stringUnit: 'binary' }))
  .map((members) =>
    Object.fromEntries(Object.entries(members).map(([name, json]) => [name, JSON.parse(json)])),
  )
  .filter((members) => !JSON.stringify(members).includes('__proto__'))
  .map((members) => {
    const claims = projectJson(members);
    return isJsonObject(claims) ? claims : {};
  });

const tokenClaims: fc.Arbitrary<TokenClaims> = fc.record(
  {
    iss: text,
    aud: text,
    sub: text,
    jti: text,
    iat: seconds,
    exp: seconds,
    purpose: text,
    claims: jsonObjects,
  },
  { requiredKeys: ['iss', 'aud', 'sub', 'jti', 'iat', 'exp', 'purpose'] },
);

describe('the payload of a token', () => {
  it('decodes to the claims that it was encoded from', () => {
    fc.assert(
      fc.property(tokenClaims, (claims) => {
        const decoded = decodeClaims(encodeClaims(claims));
        if (!decoded.ok) throw new Error(decoded.reason);
        expect(JSON.stringify(decoded.claims)).to.equal(JSON.stringify(claims));
        expect(Object.keys(decoded.claims)).to.deep.equal(Object.keys(claims));
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the order in which the claims were given', () => {
    fc.assert(
      fc.property(tokenClaims, (claims) => {
        const { iss, aud, ...rest } = claims;
        expect(encodeClaims({ ...rest, aud, iss })).to.equal(encodeClaims(claims));
      }),
    );
  });

  it('is refused with white space anywhere in it, between its parts', () => {
    fc.assert(
      fc.property(tokenClaims, fc.constantFrom(' ', '\n', '\t', '\r'), (claims, space) => {
        const payload = Buffer.from(encodeClaims(claims), 'base64url').toString();
        for (const spaced of [
          space + payload,
          payload + space,
          payload.replace('{', `{${space}`),
          payload.replace(',', `,${space}`),
          payload.replace(':', `${space}:`),
        ]) {
          expect(decodeClaims(encode(spaced))).to.deep.equal({
            ok: false,
            reason: 'its payload is not in canonical form',
          });
        }
      }),
    );
  });

  it('is refused, or is the one spelling of what it decodes to, whatever JSON it holds', () => {
    fc.assert(
      fc.property(fc.json(), fc.string({ unit: 'binary' }), (json, anything) => {
        for (const segment of [encode(json), encode(anything)]) {
          const decoded = decodeClaims(segment);
          if (decoded.ok) expect(encodeClaims(decoded.claims)).to.equal(segment);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is refused for octets that are no text, without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (octets) => {
        expect(decodeClaims(encode(octets))).to.include({ ok: false });
      }),
      { numRuns: 500 },
    );
  });

  it('keeps names that look like numbers in the one order that JSON.parse gives them', () => {
    const claims = { '10': 1, '9': 2, b: 3, a: 4, '01': 5 };
    const payload = encodeClaims({
      iss: 'i',
      aud: 'a',
      sub: 's',
      jti: 'j',
      iat: 1,
      exp: 2,
      purpose: 'p',
      claims,
    });
    expect(decodeClaims(payload)).to.have.nested.property('claims.claims').that.deep.equals(claims);
  });
});
