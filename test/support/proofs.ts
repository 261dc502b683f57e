import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';

/** DPoP proofs (RFC 9449), honest ones and others, under real signatures. */

export interface ProofKeyPair {
  readonly alg: string;
  readonly jwk: Readonly<Record<string, unknown>>;
  /** RFC 7638 thumbprint of `jwk`. */
  readonly jkt: string;
  readonly privatePart: KeyObject;
}

const PAIRS = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  Ed25519: () => generateKeyPairSync('ed25519'),
  EdDSA: () => generateKeyPairSync('ed25519'),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS384: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS512: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
};

export type ProofAlgorithm = keyof typeof PAIRS;
export const PROOF_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'Ed25519',
  'EdDSA',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
] as const;

export function makeProofKey(alg: ProofAlgorithm = 'ES256'): Promise<ProofKeyPair> {
  return proofKeyOf(alg, PAIRS[alg]());
}

export async function proofKeyOf(
  alg: string,
  { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject },
): Promise<ProofKeyPair> {
  const jwk = publicKey.export({ format: 'jwk' });
  return { alg, jwk: { ...jwk }, jkt: await calculateJwkThumbprint({ ...jwk }), privatePart: privateKey };
}

/** What an honest proof is for. */
export interface Proved {
  readonly method: string;
  readonly url: string;
  readonly token: string;
  readonly nowMs: number;
}

type Members = Readonly<Record<string, unknown>>;

export interface ProofOverrides {
  readonly header?: Members;
  readonly claims?: Members;
  /** Instead of header or payload, octet by octet. */
  readonly headerText?: string;
  readonly payloadText?: string;
}

let proofs = 0;

/** A proof; a member that is set to undefined is left out. */
export function proofOf(key: ProofKeyPair, proved: Proved, overrides: ProofOverrides = {}): string {
  const header = overrides.headerText ?? JSON.stringify(proofHeader(key, overrides.header));
  const payload = overrides.payloadText ?? JSON.stringify(proofClaims(proved, overrides.claims));
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${signatureOf(key, signed).toString('base64url')}`;
}

export function proofHeader({ alg, jwk }: Pick<ProofKeyPair, 'alg' | 'jwk'>, overrides: Members = {}) {
  return { typ: 'dpop+jwt', alg, jwk, ...overrides };
}

export function proofClaims({ method, url, token, nowMs }: Proved, overrides: Members = {}) {
  return {
    jti: `proof-${++proofs}`,
    htm: method,
    htu: url,
    iat: nowMs / 1000,
    ath: createHash('sha256').update(token).digest('base64url'),
    ...overrides,
  };
}

export function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** RFC 7518 section 3 and RFC 8037; what is no algorithm there is signed as the key's type is. */
export function signatureOf({ alg, privatePart }: ProofKeyPair, text: string): Buffer {
  const octets = Buffer.from(text);
  if (privatePart.asymmetricKeyType === 'ed25519') return sign(null, octets, privatePart);
  const hash = `sha${/(?:256|384|512)$/.exec(alg)?.[0] ?? '256'}`;
  if (privatePart.asymmetricKeyType === 'ec')
    return sign(hash, octets, { key: privatePart, dsaEncoding: 'ieee-p1363' });
  const padding = alg.startsWith('PS') ? { padding: 6, saltLength: -1 } : { padding: 1 };
  return sign(hash, octets, { key: privatePart, ...padding });
}
