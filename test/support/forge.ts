import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { importPKCS8, importSPKI } from 'jose';
import { EPOCH_BYTES, formatTokenId, NONCE_BYTES, type TokenId } from '../../src/token/id.ts';
import { projectClaims } from '../../src/token/json-value.ts';
import {
  ALGORITHMS,
  type Algorithm,
  type SigningKey,
  type VerificationKey,
  verificationKeys,
} from '../../src/token/key.ts';
import type { Purpose, Purposes } from '../../src/token/purpose.ts';
import { type Verifier, verifyToken } from '../../src/token/verify.ts';

/** Tokens that no honest service would write, under real signatures. */

/** A key whose holder signs anything. */
export interface Forger extends SigningKey {
  readonly publicPart: KeyObject;
  readonly privatePart: KeyObject;
}

export type Bytes = string | Uint8Array;

export const NOW_S = 1_800_000_000;
export const ISSUER = 'https://cap.example.test';
export const APP = 'https://app.example.test';
export const EPOCH = Buffer.alloc(EPOCH_BYTES, 'test epoch').toString('base64url');
export const NONCE = Buffer.alloc(NONCE_BYTES, 'test nonce').toString('base64url');

export const PURPOSES: Purposes = new Map(
  [
    { name: 'password-reset', audiences: [APP], lifetimeSeconds: 900 },
    {
      name: 'file-download',
      audiences: [APP],
      lifetimeSeconds: 300,
      parseClaims: (given: unknown) => ({ ok: true as const, claims: projectClaims(given) }),
    },
    { name: 'service-call', audiences: ['billing', 'mailer'], lifetimeSeconds: 60 },
  ].map((purpose: Purpose) => [purpose.name, purpose]),
);

export async function makeForger(algorithm: Algorithm, kid = `test-${algorithm}`): Promise<Forger> {
  const { publicKey, privateKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('ed25519');
  const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    kid,
    algorithm,
    publicKey: await importSPKI(spki, algorithm),
    privateKey: await importPKCS8(pkcs8, algorithm),
    sealingKey: new Uint8Array(32),
    publicPart: publicKey,
    privatePart: privateKey,
  };
}

/** One forger per algorithm. */
export function makeForgers(): Promise<readonly Forger[]> {
  return Promise.all(ALGORITHMS.map((algorithm) => makeForger(algorithm)));
}

export function verifierOf(
  keys: readonly VerificationKey[],
  overrides: Partial<Omit<Verifier, 'keys'>> = {},
): Verifier {
  return {
    issuer: ISSUER,
    keys: { verification: verificationKeys(keys) },
    purposes: PURPOSES,
    clockToleranceSeconds: 0,
    ...overrides,
  };
}

/** A verifier that no check may consult: reading anything of it throws. */
export const untouchable: Verifier = {
  get issuer() {
    return touched('issuer');
  },
  get keys() {
    return touched('keys');
  },
  get purposes() {
    return touched('purposes');
  },
  get clockToleranceSeconds() {
    return touched('clockToleranceSeconds');
  },
};

function touched(member: string): never {
  throw new Error(`the verifier's ${member} was read`);
}

/** 'accepted', or the reason of the refusal. */
export async function verdictOf(token: string, verifier: Verifier, nowMs = NOW_S * 1000): Promise<string> {
  const verification = await verifyToken(token, verifier, nowMs);
  return verification.valid ? 'accepted' : verification.reason;
}

/** The members of an honest header. */
export function headerOf({ kid, algorithm }: Pick<VerificationKey, 'kid' | 'algorithm'>) {
  return { alg: algorithm, kid, typ: 'cap+jwt' };
}

/** The claims of an honest token of `NOW_S`, in their order; a claim set to undefined is left out. */
export function claimsOf(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const { iat = NOW_S, exp = NOW_S + 60 } = overrides;
  return {
    iss: ISSUER,
    aud: APP,
    sub: 'user-42',
    jti: jtiOf(Number(iat), Number(exp)),
    iat,
    exp,
    purpose: 'password-reset',
    ...overrides,
  };
}

export function jtiOf(issuedAt: number, expiresAt: number, overrides: Partial<TokenId> = {}): string {
  const id = { shard: 3, epoch: EPOCH, uses: 1, generation: 0, issuedAt, expiresAt, nonce: NONCE };
  return formatTokenId({ ...id, ...overrides });
}

/** A token with these claims, under the key's honest header and a real signature. */
export function forge(key: Forger, overrides: Readonly<Record<string, unknown>> = {}): string {
  return forgeText(key, JSON.stringify(claimsOf(overrides)));
}

/** A token with this payload and header, octet by octet, under a real signature. */
export function forgeText(
  key: Forger,
  payload: Bytes,
  header: Bytes = JSON.stringify(headerOf(key)),
): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${encode(signatureOf(key, signed))}`;
}

export function encode(bytes: Bytes): string {
  const octets = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  return Buffer.from(octets).toString('base64url');
}

/** The signature of RFC 7518 section 3.4 or RFC 8037; of ECDSA's two, the one with the smaller s. */
export function signatureOf({ algorithm, privatePart }: Forger, text: string): Uint8Array {
  const octets = Buffer.from(text);
  if (algorithm === 'Ed25519') return sign(null, octets, privatePart);
  const one = sign('sha256', octets, { key: privatePart, dsaEncoding: 'ieee-p1363' });
  const other = mirrored(one);
  return Buffer.compare(one, other) < 0 ? one : other;
}

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** What a lenient verifier takes for the same signature: (r, n - s) in ECDSA, (R, S + L) in Ed25519. */
export function otherFormOf(algorithm: Algorithm, signature: Uint8Array): Uint8Array {
  if (algorithm === 'ES256') return mirrored(signature);
  const s = numberIn(Buffer.from(signature.subarray(32)).reverse());
  return Buffer.concat([signature.subarray(0, 32), octetsOf(s + ED25519_ORDER).reverse()]);
}

function mirrored(signature: Uint8Array): Uint8Array {
  const s = numberIn(signature.subarray(32));
  return Buffer.concat([signature.subarray(0, 32), octetsOf(P256_ORDER - s)]);
}

function numberIn(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).toString('hex')}`);
}

function octetsOf(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(64, '0'), 'hex');
}

/** The three segments of a token. */
export function segmentsOf(token: string): [header: string, payload: string, signature: string] {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return [header, payload, signature];
}
