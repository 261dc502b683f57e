import { base64url, type CryptoKey, calculateJwkThumbprint, exportJWK, type JWK, SignJWT } from 'jose';
import { type Web, web } from './web.ts';

/** A key pair for ECDSA on P-256. */
export interface DpopKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

/** The call that a proof is for. */
export interface DpopCall {
  readonly method: string;
  readonly url: string | URL;
  readonly token: string;
}

/** A new key, whose private part can sign, and cannot be read by anybody. */
export async function createDpopKey(): Promise<DpopKey> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
}

/** RFC 7638: what `bind.key` of a mint takes. */
export async function thumbprintOf(key: Pick<DpopKey, 'publicKey'>): Promise<string> {
  return calculateJwkThumbprint(await publicJwk(key));
}

/** The value of a `DPoP` header (RFC 9449 section 4.2): good for this call, once, for a minute. */
export async function dpopProof(
  key: DpopKey,
  { method, url, token }: DpopCall,
  { nowMs, randomId }: Pick<Web, 'nowMs' | 'randomId'> = web,
): Promise<string> {
  const target = new URL(url);
  target.search = '';
  target.hash = '';
  const tokenHash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  const claims = {
    jti: randomId(),
    htm: method,
    htu: target.href,
    iat: Math.floor(nowMs() / 1000),
    ath: base64url.encode(new Uint8Array(tokenHash)),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await publicJwk(key) })
    .sign(key.privateKey);
}

async function publicJwk({ publicKey }: Pick<DpopKey, 'publicKey'>): Promise<JWK> {
  const { kty, crv, x, y } = await exportJWK(publicKey);
  if (kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined) {
    throw new TypeError('key: must be an ECDSA key pair on P-256, as createDpopKey makes it');
  }
  // These four alone: of a private key that is given in its place nothing private gets out.
  return { kty, crv, x, y };
}
