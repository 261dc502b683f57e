import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { ALGORITHMS } from '../../src/token/key.ts';
import { verifyToken } from '../../src/token/verify.ts';
import { readVectors, type Vectors } from './vectors.ts';

const SOURCES = new URL('../../src/token/', import.meta.url);

/** What only values can be told that did not come from JSON text. */
const UNREACHABLE = /which JSON does not know/;

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
        expect(verification, `${name} (${alg})`).to.deep.equal(expected);
        continue;
      }
      const { id, expired, ...claims } = verification.token;
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
    const patterns = await reasonsInSources();
    expect(patterns.length).to.be.greaterThan(30);
    const missing = patterns.filter((pattern) => ![...reasons].some((reason) => pattern.test(reason)));
    expect(missing.map(String)).to.deep.equal([]);
    const unknown = [...reasons].filter(
      (reason) => reason && !patterns.some((pattern) => pattern.test(reason)),
    );
    expect(unknown).to.deep.equal([]);
  });
});

/**
 * A pattern for every reason that stands in the sources: literals and templates that begin with "it"
 * or "its", and what UnfitJsonError says of a payload. A template stands for one reason at least.
 */
async function reasonsInSources(): Promise<readonly RegExp[]> {
  const names = (await readdir(SOURCES)).filter((name) => name.endsWith('.ts'));
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, SOURCES), 'utf8')));
  const code = texts.join('\n').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const direct = [...code.matchAll(/(['"`])(its? (?:(?!\1).)+)\1/g)].map(([, , reason = '']) => reason);
  const unfit = [...code.matchAll(/UnfitJsonError\((['"`])((?:(?!\1).)+)\1/g)]
    .map(([, , message = '']) => `its payload ${message}`)
    .filter((reason) => !UNREACHABLE.test(reason));
  const everyClaim = ['iss', 'aud', 'sub', 'jti', 'purpose', 'iat', 'exp'].map(
    (name) => `its ${name} is \${how}`,
  );
  return [...new Set([...direct, ...unfit, ...everyClaim])].map(
    (reason) =>
      new RegExp(
        `^${reason
          .split(/\$\{[^}]*\}/)
          .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
          .join('.+')}$`,
      ),
  );
}
