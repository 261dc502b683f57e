import { KeyObject, sign, verify } from 'node:crypto';
import type { CryptoKey } from 'jose';
import type { Algorithm } from './key.ts';

/** Of both algorithms (RFC 7518 section 3.4, RFC 8037 section 3.1). */
const SIGNATURE_BYTES = 64;

interface SigningInput {
  readonly key: KeyObject;
  readonly dsaEncoding: 'ieee-p1363';
}

const inputs: Readonly<Record<Algorithm, WeakMap<CryptoKey, SigningInput>>> = {
  ES256: new WeakMap(),
  Ed25519: new WeakMap(),
};
const KINDS: Readonly<Record<Algorithm, string>> = { ES256: 'ECDSA P-256', Ed25519: 'Ed25519 ' };

/**
 * Signs with this one wherever a private key is given that cannot be extracted: Node 24 warns of making the one of the
 * other. Both must be of the same key.
 */
export function signWith(keyObject: KeyObject, key: CryptoKey, algorithm: Algorithm): void {
  inputs[algorithm].set(key, { key: keyObject, dsaEncoding: 'ieee-p1363' });
}

/** What Node takes for a key, made once for each: that costs more than to sign with it. */
function inputOf(key: CryptoKey, algorithm: Algorithm): SigningInput {
  const known = inputs[algorithm].get(key);
  if (known) return known;
  const { name, namedCurve = '' }: { name: string; namedCurve?: string } = key.algorithm;
  if (`${name} ${namedCurve}` !== KINDS[algorithm]) throw new TypeError(`a key is not one for ${algorithm}`);
  const made = { key: KeyObject.from(key), dsaEncoding: 'ieee-p1363' } as const;
  inputs[algorithm].set(key, made);
  return made;
}

/** Ed25519 hashes by itself. */
function hashOf(algorithm: Algorithm): string | null {
  return algorithm === 'ES256' ? 'sha256' : null;
}

/**
 * The signature of a JWS signing input (RFC 7515 section 5.1), 64 octets. It is made at once: to hand so short a piece of
 * work to another thread, and to hear of it, costs more than the work. Throws a TypeError for a key of another algorithm.
 */
export function signatureOf(text: string, algorithm: Algorithm, key: CryptoKey): Buffer {
  return sign(hashOf(algorithm), Buffer.from(text), inputOf(key, algorithm));
}

/** Whether it is a signature of this JWS signing input by this key. Throws as `signatureOf` does. */
export function isSignatureOf(
  signature: Uint8Array,
  text: string,
  algorithm: Algorithm,
  key: CryptoKey,
): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false;
  return verify(hashOf(algorithm), Buffer.from(text), inputOf(key, algorithm), signature);
}
