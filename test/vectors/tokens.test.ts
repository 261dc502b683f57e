import { expect } from 'chai';
import { ALGORITHMS } from '../../src/token/key.ts';
import { verifyToken } from '../../src/token/verify.ts';
import { patternOf, reasonsIn } from './reasons.ts';
import { readVectors, type Vectors } from './vectors.ts';

describe('the frozen tokens', () => {
  let vectors: Vectors;
  before(async () => {
    vectors = await readVectors();
  });

  it('are all judged as they were when they were frozen', async () => {
    const { verifier, nowMs, tokens } = vectors;
    for (const { name, alg, token, expected } of tokens) {
      const verification = await verifyToken(token, verifier, nowMs);
      if (!verification.valid) {
        const { early: _early, ...verdict } = verification;
        expect(verdict, `${name} (${alg})`).to.deep.equal(expected);
        continue;
      }
      const { id, expired, kid: _kid, ...claims } = verification.token;
      expect({ valid: true, expired, claims }, `${name} (${alg})`).to.deep.equal(expected);
      expect(id).to.include({ issuedAt: claims.iat, expiresAt: claims.exp });
    }
  });

  it('have names of their own, and the same ones for each algorithm', () => {
    const names = ALGORITHMS.map((algorithm) =>
      vectors.tokens.filter(({ alg }) => alg === algorithm).map(({ name }) => name),
    );
    for (const own of names) {
      expect(new Set(own).size).to.equal(own.length);
      expect(own).to.deep.equal(names[0]);
    }
    expect(names[0]?.length).to.be.greaterThan(100);
  });

  it('hold every reason for a refusal that the sources can give', async () => {
    const reasons = new Set(vectors.tokens.map(({ expected }) => (expected.valid ? '' : expected.reason)));
    const everyClaim = ['iss', 'aud', 'sub', 'jti', 'purpose', 'iat', 'exp'].map((name) =>
      patternOf(`its ${name} is \${how}`),
    );
    const patterns = [...(await reasonsIn((name) => !name.startsWith('dpop'))), ...everyClaim];
    expect(patterns.length).to.be.greaterThan(30);
    const missing = patterns.filter((pattern) => ![...reasons].some((reason) => pattern.test(reason)));
    expect(missing.map(String)).to.deep.equal([]);
    const unknown = [...reasons].filter(
      (reason) => reason && !patterns.some((pattern) => pattern.test(reason)),
    );
    expect(unknown).to.deep.equal([]);
  });
});
