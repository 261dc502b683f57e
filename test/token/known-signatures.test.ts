import { expect } from 'chai';
import type { VerificationKey } from '../../src/token/key.ts';
import { isKnownSignature, rememberSignature } from '../../src/token/known-signatures.ts';
import { signToken } from '../../src/token/sign.ts';
import {
  APP,
  encode,
  type Forger,
  forge,
  ISSUER,
  jtiOf,
  makeForger,
  makeForgers,
  NOW_S,
  otherFormOf,
  segmentsOf,
  verdictOf,
  verifierOf,
} from '../support/forge.ts';

const CLAIMS = {
  ...{ iss: ISSUER, aud: APP, sub: 'user-42', purpose: 'file-download', claims: { key: 'a.pdf' } },
  ...{ jti: jtiOf(NOW_S, NOW_S + 60), iat: NOW_S, exp: NOW_S + 60 },
};

describe('a token whose signature is known', () => {
  let keys: readonly Forger[];
  before(async () => {
    keys = await makeForgers();
  });

  it('is one that was signed here or verified here, and no other', async () => {
    for (const key of keys) {
      expect(isKnownSignature(signToken(CLAIMS, key), key.publicKey)).to.equal(true);
      const ofAnother = forge(key);
      expect(isKnownSignature(ofAnother, key.publicKey)).to.equal(false);
      expect(await verdictOf(ofAnother, verifierOf(keys))).to.equal('accepted');
      expect(isKnownSignature(ofAnother, key.publicKey)).to.equal(true);
      const forged = withSignature(forge(key), Buffer.alloc(64, 7));
      for (let again = 0; again < 2; again++) {
        expect(await verdictOf(forged, verifierOf(keys))).to.equal('its signature does not verify');
        expect(isKnownSignature(forged, key.publicKey)).to.equal(false);
      }
    }
  });

  it('is refused with any character changed, and in the other form of its signature', async () => {
    for (const key of keys) {
      const token = signToken(CLAIMS, key);
      for (let at = 0; at < token.length; at++) {
        const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
        expect(await verdictOf(changed, verifierOf(keys)), `character ${at}`).to.not.equal('accepted');
      }
      const [, , signature] = segmentsOf(token);
      const other = otherFormOf(key.algorithm, Buffer.from(signature, 'base64url'));
      for (let again = 0; again < 2; again++)
        expect(await verdictOf(withSignature(token, other), verifierOf(keys))).to.not.equal('accepted');
      expect(await verdictOf(token, verifierOf(keys))).to.equal('accepted');
    }
  });

  it('is known of that key object alone: not of another key of the same name, nor of one that is gone', async () => {
    for (const key of keys) {
      const token = signToken(CLAIMS, key);
      const successor = await makeForger(key.algorithm, key.kid);
      expect(isKnownSignature(token, successor.publicKey)).to.equal(false);
      expect(await verdictOf(token, verifierOf([successor]))).to.equal('its signature does not verify');
      expect(await verdictOf(token, verifierOf([]))).to.not.equal('accepted');
    }
  });

  it('is one of the newest: older ones are forgotten, and verified again', async () => {
    const [key] = keys;
    const { publicKey }: VerificationKey = key ?? (await makeForger('ES256'));
    const token = forge(key ?? (await makeForger('ES256')));
    rememberSignature(token, publicKey);
    for (let count = 1; count < 20_000; count++) rememberSignature(`newer ${count}`, publicKey);
    expect(isKnownSignature(token, publicKey)).to.equal(true);
    for (let count = 1; count <= 40_000; count++) rememberSignature(`newest ${count}`, publicKey);
    expect(isKnownSignature(token, publicKey)).to.equal(false);
    expect(await verdictOf(token, verifierOf(keys))).to.equal('accepted');
  });
});

function withSignature(token: string, octets: Uint8Array): string {
  const [header, payload] = segmentsOf(token);
  return `${header}.${payload}.${encode(octets)}`;
}
