import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose';
import { DPOP_ALGORITHMS } from '../contract/limits.ts';
import { isCanonicalBase64url } from './base64url.ts';
import { pointProblem } from './ed25519-point.ts';

/** The public key in the header of a DPoP proof: the members that make it, and nothing else. */
export interface ProofKey {
  readonly algorithm: string;
  readonly jwk: Readonly<Record<string, string>> & { readonly kty: string };
  /** RFC 7638. */
  readonly jkt: string;
}

interface Kind {
  readonly kty: 'EC' | 'OKP' | 'RSA';
  readonly crv?: string;
  /** The members that hold the key. */
  readonly material: readonly string[];
}

const ec = (crv: string): Kind => ({ kty: 'EC', crv, material: ['x', 'y'] });
const ED25519: Kind = { kty: 'OKP', crv: 'Ed25519', material: ['x'] };
const RSA: Kind = { kty: 'RSA', material: ['n', 'e'] };

/** Each algorithm with the one kind of key that it takes. */
const KINDS: Readonly<Record<(typeof DPOP_ALGORITHMS)[number], Kind>> = {
  ES256: ec('P-256'),
  ES384: ec('P-384'),
  ES512: ec('P-521'),
  Ed25519: ED25519,
  EdDSA: ED25519,
  PS256: RSA,
  PS384: RSA,
  PS512: RSA,
  RS256: RSA,
};

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
const RSA_MIN_OCTETS = 256;
/** 65537. With 1 anybody signs; with a long one verifying is slow. */
const RSA_EXPONENT = 'AQAB';

/** `reason` completes "The DPoP proof is refused: …". */
export type ParsedProofKey =
  | { readonly ok: true; readonly key: ProofKey }
  | { readonly ok: false; readonly reason: string };

/** The key in the header of a proof. */
export async function parseProofKey(header: Readonly<Record<string, unknown>>): Promise<ParsedProofKey> {
  const { alg, jwk } = header;
  const algorithm = DPOP_ALGORITHMS.find((known) => known === alg);
  if (!algorithm) return refused('its alg is not one that is accepted');
  const kind = KINDS[algorithm];
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return refused('it has no public key');
  const members: Readonly<Record<string, unknown>> = { ...jwk };
  if (PRIVATE_MEMBERS.some((name) => name in members)) return refused('its jwk is not a public key alone');
  if (!maySign(members, alg)) return refused('its jwk is for another use');
  const material = kind.material.map((name) => [name, members[name]] as const);
  const isComplete = material.every(([, value]) => typeof value === 'string' && isCanonicalBase64url(value));
  if (members.kty !== kind.kty || members.crv !== kind.crv || !isComplete) {
    return refused('its key is not one of its alg');
  }
  const key = {
    kty: kind.kty,
    ...(kind.crv === undefined ? {} : { crv: kind.crv }),
    ...Object.fromEntries(material.map(([name, value]) => [name, String(value)])),
  };
  if (isWeak(key)) return refused('its key is too weak');
  return { ok: true, key: { algorithm, jwk: key, jkt: await calculateJwkThumbprint(key) } };
}

function refused(reason: string): ParsedProofKey {
  return { ok: false, reason };
}

/** What the key says of itself fits what it does here (RFC 7517 sections 4.2 to 4.4). */
function maySign(
  { use, key_ops: operations, alg }: Readonly<Record<string, unknown>>,
  used: unknown,
): boolean {
  return (
    (use === undefined || use === 'sig') &&
    (alg === undefined || alg === used) &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify')))
  );
}

function isWeak({ kty, x, n, e }: ProofKey['jwk']): boolean {
  if (kty === 'OKP') return x === undefined || pointProblem(x) !== undefined;
  if (kty !== 'RSA') return false;
  return Buffer.from(n ?? '', 'base64url').length < RSA_MIN_OCTETS || e !== RSA_EXPONENT;
}

/**
 * Whether the key verifies the proof's signature. Strangers choose both, and what cannot be a key makes the
 * platform throw errors of many kinds, so whatever goes wrong here means no.
 */
export async function isSignedBy(proof: string, { jwk, algorithm }: ProofKey): Promise<boolean> {
  try {
    await compactVerify(proof, await importJWK(jwk, algorithm), { algorithms: [algorithm] });
    return true;
  } catch {
    return false;
  }
}
