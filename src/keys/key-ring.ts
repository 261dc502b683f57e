import { hkdfSync } from 'node:crypto';
import { type CryptoKey, exportJWK, type JWK } from 'jose';
import { type Algorithm, type KeyRing, type SigningKey, verificationKeys } from '../token/key.ts';
import { parseKey, type RingKey, UnfitKeyError } from './parse-key.ts';

/** A ring with its public face. */
export interface PublishedKeyRing extends KeyRing {
  /** RFC 7517 section 5. Public members only. */
  readonly jwks: { readonly keys: readonly JWK[] };
}

/** The ring in the text of a key file: `{"keys": [JWK, …]}`. Throws UnfitKeyError, quoting no key material. */
export async function parseKeyRing(text: string, algorithm: Algorithm): Promise<PublishedKeyRing> {
  return keyRingOf(storedKeys(text).keys, algorithm);
}

/** All keys verify; the newest private one of `algorithm` signs. Throws UnfitKeyError, quoting no key material. */
export async function keyRingOf(jwks: readonly unknown[], algorithm: Algorithm): Promise<PublishedKeyRing> {
  const keys = await Promise.all(jwks.map(parseKeyAt));
  const kids = keys.map(({ kid }) => kid);
  const twice = kids.find((kid, index) => kids.indexOf(kid) !== index);
  if (twice !== undefined) throw new UnfitKeyError('two keys have the same kid');
  const signing = keys
    .filter(isSigningKey)
    .filter((key) => key.algorithm === algorithm)
    .sort((a, b) => b.createdAtMs - a.createdAtMs)[0];
  if (!signing) throw new UnfitKeyError(`there is no private ${algorithm} key, so nothing can be signed`);
  return {
    signing,
    verification: verificationKeys(keys),
    sealing: new Map(keys.filter(isSigningKey).map(({ kid, sealingKey }) => [kid, sealingKey])),
    revoked: new Set(),
    subjectKey: derivedSubjectKey(signing),
    jwks: { keys: await Promise.all(keys.map(publicJwk)) },
  };
}

/** For a ring that keeps none of its own: derived from a private key (HKDF, RFC 5869). */
export function derivedSubjectKey({ sealingKey }: SigningKey): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', sealingKey, '', 'matchstick event subjects', 32));
}

const MEND =
  'put back a copy of it, or move it away to have a new one made, which refuses the tokens of the old one';

/** The members of a stored ring. Throws an UnfitKeyError for what is none. */
export function storedKeys(
  text: string,
): { readonly keys: readonly unknown[] } & Readonly<Record<string, unknown>> {
  try {
    const file: unknown = JSON.parse(text);
    if (typeof file === 'object' && file !== null && 'keys' in file && Array.isArray(file.keys))
      return { ...file, keys: file.keys };
  } catch {
    throw new UnfitKeyError(`the key file is not JSON: ${MEND}`);
  }
  throw new UnfitKeyError(`the key file is not {"keys": […]}: ${MEND}`);
}

export async function parseKeyAt(value: unknown, index: number): Promise<RingKey> {
  try {
    return await parseKey(value);
  } catch (error) {
    if (!(error instanceof UnfitKeyError)) throw error;
    throw new UnfitKeyError(`keys.${index}: ${error.message}`, { cause: error.cause });
  }
}

export function isSigningKey(key: RingKey): key is RingKey & SigningKey {
  return key.privateKey !== undefined && key.sealingKey !== undefined;
}

/** Made from the public key object, which has no private part that could slip out. */
export async function publicJwk({
  kid,
  algorithm,
  publicKey,
}: {
  kid: string;
  algorithm: string;
  publicKey: CryptoKey;
}) {
  return { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' };
}
