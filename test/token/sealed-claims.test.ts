import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { CompactEncrypt, compactDecrypt } from 'jose';
import type { JsonObject } from '../../src/token/json-value.ts';
import { sealClaims, sealedCharacters, unsealClaims } from '../../src/token/sealed-claims.ts';

const CLAIMS: JsonObject = {
  email: 'ada@example.test',
  roles: ['reader'],
  nested: { deep: [1, null, 'é🔑'] },
};

const newKey = () => new Uint8Array(randomBytes(32));
const segmentsOf = (sealed: string) => sealed.split('.');

describe('sealed claims', () => {
  const key = newKey();

  it('are the same again with the same key', async () => {
    expect(await unsealClaims(await sealClaims(CLAIMS, key), key)).to.deep.equal(CLAIMS);
  });

  it('are a JWE that any JOSE library reads: dir with A256GCM', async () => {
    const { plaintext, protectedHeader } = await compactDecrypt(await sealClaims(CLAIMS, key), key);
    expect(protectedHeader).to.deep.equal({ alg: 'dir', enc: 'A256GCM' });
    expect(JSON.parse(new TextDecoder().decode(plaintext))).to.deep.equal(CLAIMS);
  });

  it('are other octets every time, so that equal ones cannot be told to be', async () => {
    const [, , one, oneText] = segmentsOf(await sealClaims(CLAIMS, key));
    const [, , other, otherText] = segmentsOf(await sealClaims(CLAIMS, key));
    expect(one).to.not.equal(other);
    expect(oneText).to.not.equal(otherText);
  });

  it('show nothing of themselves in any segment, decoded or not', async () => {
    for (const segment of segmentsOf(await sealClaims(CLAIMS, key))) {
      for (const text of [segment, Buffer.from(segment, 'base64url').toString('latin1')]) {
        for (const secret of ['ada', 'example', 'email', 'reader', 'nested'])
          expect(text).to.not.include(secret);
      }
    }
  });

  it('cannot be read with another key', async () => {
    const sealed = await sealClaims(CLAIMS, key);
    expect(await unsealClaims(sealed, newKey())).to.equal(undefined);
    expect(await unsealClaims(sealed, new Uint8Array(32))).to.equal(undefined);
  });

  it('cannot be read when a character of them was changed', async () => {
    const sealed = await sealClaims(CLAIMS, key);
    for (let at = 0; at < sealed.length; at++) {
      // The last character of a segment has spare bits.
      if (sealed[at] === '.' || (sealed[at + 1] ?? '.') === '.') continue;
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
      expect(await unsealClaims(changed, key), `character ${at}`).to.equal(undefined);
    }
  });

  it('are not read from what is sealed in another way, or is no JWE', async () => {
    const octets = new TextEncoder().encode(JSON.stringify(CLAIMS));
    const other = await new CompactEncrypt(octets)
      .setProtectedHeader({ alg: 'A256GCMKW', enc: 'A256GCM' })
      .encrypt(key);
    const shorter = await new CompactEncrypt(octets)
      .setProtectedHeader({ alg: 'dir', enc: 'A128CBC-HS256' })
      .encrypt(key);
    for (const text of [other, shorter, '', 'text', '....', 'a.b.c', 'a.b.c.d.e']) {
      expect(await unsealClaims(text, key), text).to.equal(undefined);
    }
  });

  it('are exactly as long as was told beforehand', async () => {
    const member = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), member), async (claims) => {
        expect((await sealClaims(claims, key)).length).to.equal(sealedCharacters(claims));
      }),
      { numRuns: 50 },
    );
  });
});
