import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { generateKey } from '../../src/keys/generate-key.ts';
import { parseKey } from '../../src/keys/parse-key.ts';
import { ALGORITHMS } from '../../src/token/key.ts';
import { CREATED_MS } from './stored-keys.ts';

describe('a generated key', () => {
  it('is one that a key file may hold, private part and all', async () => {
    for (const algorithm of ALGORITHMS) {
      const stored = await generateKey(algorithm, CREATED_MS);
      const key = await parseKey(JSON.parse(JSON.stringify(stored)));
      expect(key).to.include({ kid: stored.kid, algorithm, createdAtMs: CREATED_MS });
      expect(key.privateKey).to.have.property('type', 'private');
    }
  });

  it('F3: has a kid that its public part alone decides: the first 96 bits of its RFC 7638 thumbprint', async () => {
    for (const algorithm of ALGORITHMS) {
      const { kid, crv, kty, x, y } = await generateKey(algorithm, CREATED_MS);
      const required = algorithm === 'ES256' ? { crv, kty, x, y } : { crv, kty, x };
      const thumbprint = createHash('sha256').update(JSON.stringify(required)).digest('base64url');
      expect(kid).to.equal(thumbprint.slice(0, 16));
    }
  });

  it('is another one every time', async () => {
    for (const algorithm of ALGORITHMS) {
      const keys = await Promise.all(Array.from({ length: 20 }, () => generateKey(algorithm, CREATED_MS)));
      for (const name of ['kid', 'x', 'd']) expect(new Set(keys.map((key) => key[name])).size).to.equal(20);
    }
  });
});
