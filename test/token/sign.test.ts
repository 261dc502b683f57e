import { expect } from 'chai';
import { compactVerify, decodeProtectedHeader } from 'jose';
import type { TokenClaims } from '../../src/token/claims.ts';
import { signToken } from '../../src/token/sign.ts';
import { verifyToken } from '../../src/token/verify.ts';
import {
  APP,
  encode,
  type Forger,
  headerOf,
  ISSUER,
  jtiOf,
  makeForgers,
  NOW_S,
  otherFormOf,
  segmentsOf,
  verdictOf,
  verifierOf,
} from '../support/forge.ts';

const CLAIMS: TokenClaims = {
  iss: ISSUER,
  aud: APP,
  sub: 'user-42',
  jti: jtiOf(NOW_S, NOW_S + 60),
  iat: NOW_S,
  exp: NOW_S + 60,
  purpose: 'file-download',
  claims: { key: 'a.pdf' },
};

describe('a signed token', () => {
  let keys: readonly Forger[];
  before(async () => {
    keys = await makeForgers();
  });

  it('verifies here, with the claims that were signed', async () => {
    for (const key of keys) {
      for (let again = 0; again < 20; again++) {
        const verification = await verifyToken(signToken(CLAIMS, key), verifierOf(keys), NOW_S * 1000);
        if (!verification.valid) throw new Error(verification.reason);
        const { id, expired, kid, ...claims } = verification.token;
        expect(claims).to.deep.equal(CLAIMS);
        expect(kid).to.equal(key.kid);
        expect(expired).to.equal(false);
        expect(id).to.include({ issuedAt: NOW_S, expiresAt: NOW_S + 60 });
      }
    }
  });

  it('A2: is the accepted one of the two forms of its signature, every time', async () => {
    for (const key of keys) {
      for (let again = 0; again < 64; again++) {
        const [header, payload, signature] = segmentsOf(signToken({ ...CLAIMS, sub: `${again}` }, key));
        const other = otherFormOf(key.algorithm, Buffer.from(signature, 'base64url'));
        const verdicts = [signature, encode(other)].map((form) =>
          verdictOf(`${header}.${payload}.${form}`, verifierOf(keys)),
        );
        expect((await Promise.all(verdicts)).map((verdict) => verdict === 'accepted')).to.deep.equal([
          true,
          false,
        ]);
      }
    }
  });

  it('verifies with any JOSE library, under a header of alg, kid and typ', async () => {
    for (const key of keys) {
      const token = signToken(CLAIMS, key);
      await compactVerify(token, key.publicKey, { algorithms: [key.algorithm] });
      expect(decodeProtectedHeader(token)).to.deep.equal(headerOf(key));
      expect(Buffer.from(segmentsOf(token)[2], 'base64url')).to.have.lengthOf(64);
    }
  });

  it('is under 450 characters when it carries no claims of its own', async () => {
    const { claims: _claims, ...typical } = CLAIMS;
    for (const key of keys) {
      const token = signToken(typical, { ...key, kid: 'x'.repeat(16) });
      expect(token.length).to.be.lessThan(450);
    }
  });
});
