import type { CryptoKey } from 'jose';
import { toBase64url } from './base64url.ts';

/** Exactly one algorithm per key. Ed25519 is RFC 9864's name for it. */
export const ALGORITHMS = ['ES256', 'Ed25519'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export const TOKEN_TYPE = 'cap+jwt';
export const KID = /^[\w-]{1,64}$/;

export interface VerificationKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly publicKey: CryptoKey;
}

export interface SigningKey extends VerificationKey {
  readonly privateKey: CryptoKey;
  /** What the claims that its tokens seal are encrypted with: 32 octets, for A256GCM. */
  readonly sealingKey: Uint8Array;
}

/** The one JOSE header (RFC 7515 section 4) that tokens of this key carry. */
export function tokenHeader({ kid, algorithm }: Pick<VerificationKey, 'kid' | 'algorithm'>) {
  return { alg: algorithm, kid, typ: TOKEN_TYPE };
}

const headers = new WeakMap<object, string>();

/** The same as a JWS header segment. */
export function encodedHeader(key: Pick<VerificationKey, 'kid' | 'algorithm'>): string {
  const known = headers.get(key);
  if (known !== undefined) return known;
  const made = toBase64url(JSON.stringify(tokenHeader(key)));
  headers.set(key, made);
  return made;
}

/** Verification keys by the encoded header of their tokens: see `verifyToken` for why. */
export type VerificationKeys = ReadonlyMap<string, VerificationKey>;

export function verificationKeys(keys: Iterable<VerificationKey>): VerificationKeys {
  const byHeader = new Map<string, VerificationKey>();
  for (const key of keys) byHeader.set(encodedHeader(key), key);
  return byHeader;
}

/** The keys of a deployment. Read anew for each token, so that a ring may change while it is in use. */
export interface KeyRing {
  /** The newest key with a private part. */
  readonly signing: SigningKey;
  readonly verification: VerificationKeys;
  /** By `kid`: what unseals the claims of tokens signed by that key. Keys without a private part have none. */
  readonly sealing: ReadonlyMap<string, Uint8Array>;
  /** Kids of keys that were revoked. What they have signed is known here, and refused. */
  readonly revoked: ReadonlySet<string>;
  /** 32 octets: what events hash subjects with. It is kept with the keys, and not rotated with them. */
  readonly subjectKey: Uint8Array;
  /** Reads the keys again, since others may have changed them. Absent: they never change. Does not reject. */
  readonly readAgain?: () => Promise<void>;
}
