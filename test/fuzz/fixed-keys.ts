import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { importPKCS8, importSPKI } from 'jose';
import type { Algorithm } from '../../src/token/key.ts';
import { encode, type Forger } from '../support/forge.ts';

/** Keys that are the same in every run, so that a seed leads to the same tokens and proofs again. */
export interface FixedKey extends Forger {
  readonly scalar: Uint8Array;
}

const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** `word` makes the key; nothing but tests knows it. */
export async function fixedKey(
  algorithm: Algorithm,
  word = 'genuine',
  kid = `test-${algorithm}`,
): Promise<FixedKey> {
  const scalar = createHash('sha256').update(`fuzzing ${word}`).digest();
  const privatePart = algorithm === 'ES256' ? p256Key(scalar) : ed25519Key(scalar);
  const publicPart = createPublicKey(privatePart);
  const spki = publicPart.export({ type: 'spki', format: 'pem' }).toString();
  const pkcs8 = privatePart.export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    ...{ kid, algorithm, privatePart, publicPart, scalar, sealingKey: new Uint8Array(32) },
    publicKey: await importSPKI(spki, algorithm),
    privateKey: await importPKCS8(pkcs8, algorithm),
  };
}

function ed25519Key(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, seed]), format: 'der', type: 'pkcs8' });
}

function p256Key(scalar: Uint8Array): KeyObject {
  const point = Buffer.from(p256.getPublicKey(scalar, false));
  const part = (start: number) => point.subarray(start, start + 32).toString('base64url');
  const d = Buffer.from(scalar).toString('base64url');
  return createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x: part(1), y: part(33), d }, format: 'jwk' });
}

/** The one signature of this text by this key: RFC 8032, or RFC 6979 with the lower s. */
export function fixedSignature({ algorithm, privatePart, scalar }: FixedKey, text: string): Buffer {
  const octets = Buffer.from(text);
  if (algorithm === 'Ed25519') return sign(null, octets, privatePart);
  return Buffer.from(p256.sign(octets, scalar, { prehash: true, lowS: true }));
}

/** A compact JWS, octet by octet as it is given, under a real signature. */
export function fixedJws(key: FixedKey, header: string, payload: string | Uint8Array): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${encode(fixedSignature(key, signed))}`;
}

/** Whether this is the key's signature, as Node finds. */
export function isSignature({ algorithm, publicPart }: Forger, text: string, signature: Uint8Array): boolean {
  const octets = Buffer.from(text);
  if (algorithm === 'Ed25519') return verify(null, octets, publicPart, signature);
  return verify('sha256', octets, { key: publicPart, dsaEncoding: 'ieee-p1363' }, signature);
}

/** The octets of a segment that is base64url in its one spelling. */
export function octetsIn(segment: string): Buffer | undefined {
  const octets = Buffer.from(segment, 'base64url');
  return octets.length > 0 && octets.toString('base64url') === segment ? octets : undefined;
}
