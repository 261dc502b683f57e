import { expect } from 'chai';
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, type JWK } from 'jose';
import { createDpopKey, dpopProof, thumbprintOf } from '../../src/client/index.ts';
import { verifyDpop } from '../../src/token/dpop.ts';
import { TOKEN } from './example.ts';

const CALL = { method: 'POST', url: 'https://billing.example.test/pay?to=ada#top', token: TOKEN };

describe("a client's DPoP proof", () => {
  it('is one by every check of the service', async () => {
    const key = await createDpopKey();
    const proof = await dpopProof(key, CALL);
    const url = 'https://billing.example.test/pay';
    const jkt = await thumbprintOf(key);
    const verified = await verifyDpop(proof, { ...CALL, url, jkt, nowMs: Date.now() });
    expect(verified).to.include({ valid: true });
  });

  it('says what RFC 9449 wants it to say, and no more', async () => {
    const key = await createDpopKey();
    const proof = await dpopProof(key, CALL);
    const { jwk, ...header } = decodeProtectedHeader(proof) as { jwk: JWK };
    expect(header).to.deep.equal({ typ: 'dpop+jwt', alg: 'ES256' });
    expect(jwk).to.have.all.keys('kty', 'crv', 'x', 'y');
    expect(await calculateJwkThumbprint(jwk)).to.equal(await thumbprintOf(key));
    const claims = decodeJwt(proof);
    expect(claims).to.have.all.keys('jti', 'htm', 'htu', 'iat', 'ath');
    expect(claims).to.include({ htm: 'POST', htu: 'https://billing.example.test/pay' });
    expect(claims.iat).to.be.a('number').that.satisfies(Number.isInteger);
  });

  it('is another each time', async () => {
    const key = await createDpopKey();
    const names = await Promise.all([1, 2, 3].map(async () => decodeJwt(await dpopProof(key, CALL)).jti));
    expect(new Set(names).size).to.equal(3);
  });

  it('is made with a key that nobody can read', async () => {
    const { privateKey } = await createDpopKey();
    expect(privateKey).to.have.property('extractable', false);
    const read = [crypto.subtle.exportKey('jwk', privateKey), crypto.subtle.exportKey('pkcs8', privateKey)];
    for (const { status } of await Promise.allSettled(read)) expect(status).to.equal('rejected');
  });

  it('is made with no key of another kind, and gives away no private part', async () => {
    const generate = (curve: string) =>
      crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: curve }, true, ['sign', 'verify']);
    const other = await generate('P-384');
    expect(await dpopProof(other, CALL).catch((error: unknown) => error)).to.be.an.instanceOf(TypeError);
    const { privateKey } = await generate('P-256');
    const proof = await dpopProof({ privateKey, publicKey: privateKey }, CALL);
    const { jwk } = decodeProtectedHeader(proof) as { jwk: JWK };
    expect(jwk).to.have.all.keys('kty', 'crv', 'x', 'y');
  });
});
