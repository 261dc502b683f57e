import { base64url, type CryptoKey, calculateJwkThumbprint, exportJWK, type JWK, SignJWT } from 'jose';
import { type Web, web } from './web.ts';

/** A key pair for ECDSA on P-256 that DPoP proofs are signed with (RFC 9449). */
export interface DpopKey {
  /** Signs proofs. */
  readonly privateKey: CryptoKey;
  /** Is sent with every proof. */
  readonly publicKey: CryptoKey;
}

/** The request that a DPoP proof is for. */
export interface DpopCall {
  /** The method in capitals, such as `POST`. */
  readonly method: string;
  /** The absolute URL; a proof leaves out its query and fragment. */
  readonly url: string | URL;
  /** The token that goes with the request. */
  readonly token: string;
}

/**
 * Makes a DPoP key. The private key is not extractable, not even by you.
 *
 * @returns The key pair.
 * @example
 * const key = await createDpopKey();
 */
export async function createDpopKey(): Promise<DpopKey> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
}

/**
 * The RFC 7638 thumbprint of a key, which `bind.key` of a mint takes.
 *
 * @param key - A key from `createDpopKey`.
 * @returns 43 base64url characters.
 * @throws TypeError For a key that is not ECDSA on P-256.
 * @example
 * await matchstick.mint('transfer', { subject, bind: { key: await thumbprintOf(key) } });
 */
export async function thumbprintOf(key: Pick<DpopKey, 'publicKey'>): Promise<string> {
  return calculateJwkThumbprint(await publicJwk(key));
}

/**
 * Makes the value of a `DPoP` header (RFC 9449 section 4.2). It is good for one request, once, for a minute.
 *
 * @param key - The key that the token is bound to.
 * @param call - The request.
 * @param runtime - What the proof takes from the runtime; leave it out.
 * @returns The header value.
 * @throws TypeError For a key that is not ECDSA on P-256.
 * @example
 * headers.set('DPoP', await dpopProof(key, { method: 'POST', url, token }));
 */
export async function dpopProof(
  key: DpopKey,
  { method, url, token }: DpopCall,
  runtime: Pick<Web, 'nowMs' | 'randomId'> = web,
): Promise<string> {
  const target = new URL(url);
  target.search = '';
  target.hash = '';
  const tokenHash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  const claims = {
    jti: runtime.randomId(),
    htm: method,
    htu: target.href,
    iat: Math.floor(runtime.nowMs() / 1000),
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
  // Only these four members: if a private key is given by mistake, nothing private gets out.
  return { kty, crv, x, y };
}
