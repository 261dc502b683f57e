import { createHash } from 'node:crypto';
import { base64url, calculateJwkThumbprint, compactVerify, errors, importJWK, type JWK } from 'jose';
import { MatchstickError } from '../errors.ts';
import { isCanonicalBase64url } from './base64url.ts';
import { digestOf } from './digest.ts';
import { pointProblem } from './ed25519-point.ts';
import { normalTarget } from './http-url.ts';
import { parseStrictJson } from './strict-json.ts';

/** The call that a DPoP proof (RFC 9449) must be for. */
export interface ProvedCall {
  readonly method: string;
  readonly url: string;
  /** The token that goes with it. */
  readonly token: string;
  readonly nowMs: number;
}

/** `reason` completes "The DPoP proof is refused: …" and quotes nothing of it. */
export type DpopVerification =
  | {
      readonly valid: true;
      /** RFC 7638 thumbprint of the key. */
      readonly jkt: string;
      /** Names this proof of this key, however it is spelled: 22 base64url characters. */
      readonly name: string;
    }
  | { readonly valid: false; readonly reason: string };

/** How old a proof may be, and how far in the future. */
export const DPOP_WINDOW_SECONDS = 60;

const MAX_PROOF_CHARACTERS = 4096;
const MAX_JTI_CHARACTERS = 256;
const THREE_SEGMENTS = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;
const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'Ed25519', 'EdDSA', 'PS256', 'PS384', 'PS512', 'RS256'];
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Every check of RFC 9449 section 4.3 but that of replay, which the ledger makes together with the burn. */
export async function verifyDpop(proof: string, call: ProvedCall): Promise<DpopVerification> {
  if (proof.length > MAX_PROOF_CHARACTERS) return refused('it is too long');
  const [, header = '', payload = '', signature = ''] = THREE_SEGMENTS.exec(proof) ?? [];
  if (![header, payload, signature].every(isCanonicalBase64url)) return refused('it is not a compact JWS');
  const joseHeader = parseObject(header);
  const claims = parseObject(payload);
  if (!joseHeader || !claims) return refused('its header or payload is not a JSON object');
  const key = await keyOf(joseHeader);
  if (typeof key === 'string') return refused(key);
  if (!(await signatureVerifies(proof, key))) return refused('its signature does not verify');
  const reason = findMismatch(claims, call);
  if (reason) return refused(reason);
  const jkt = await calculateJwkThumbprint(key.jwk);
  return { valid: true, jkt, name: digestOf(jkt, String(claims.jti)) };
}

interface ProofKey {
  readonly jwk: JWK;
  readonly algorithm: string;
}

async function keyOf({ typ, alg, crit, jwk }: Record<string, unknown>): Promise<ProofKey | string> {
  if (typ !== 'dpop+jwt') return 'its typ is not dpop+jwt';
  const algorithm = ALGORITHMS.find((known) => known === alg);
  if (!algorithm) return 'its alg is not one that is accepted';
  if (crit !== undefined) return 'it has critical header parameters';
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return 'it has no public key';
  const key: JWK = { ...jwk };
  if (PRIVATE_MEMBERS.some((name) => name in key)) return 'its jwk is not a public key alone';
  const isEdwards = algorithm === 'Ed25519' || algorithm === 'EdDSA';
  if (isEdwards && (key.crv !== 'Ed25519' || typeof key.x !== 'string' || pointProblem(key.x))) {
    return 'its key does not fit its alg';
  }
  return { jwk: key, algorithm };
}

async function signatureVerifies(proof: string, { jwk, algorithm }: ProofKey): Promise<boolean> {
  try {
    const { kty = '', crv, x, y, n, e } = jwk;
    const material = Object.fromEntries(
      Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined),
    );
    const key = await importJWK({ ...material, kty }, algorithm);
    await compactVerify(proof, key, { algorithms: [algorithm] });
    return true;
  } catch (error) {
    // Key material that cannot be imported throws errors of several kinds.
    if (error instanceof errors.JOSEError || error instanceof TypeError || isCryptoError(error)) return false;
    throw error;
  }
}

function isCryptoError(error: unknown): boolean {
  return error instanceof Error && (error.name === 'DataError' || error.name === 'OperationError');
}

function findMismatch(claims: Record<string, unknown>, call: ProvedCall): string | undefined {
  const { jti, htm, htu, iat, ath } = claims;
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_CHARACTERS)
    return 'its jti is not usable';
  if (htm !== call.method) return 'its htm is another method';
  const target = normalTarget(call.url);
  if (typeof htu !== 'string' || target === undefined || normalTarget(htu) !== target) {
    return 'its htu is another URL';
  }
  if (typeof iat !== 'number' || !Number.isFinite(iat)) return 'its iat is not a number of seconds';
  if (Math.abs(call.nowMs / 1000 - iat) > DPOP_WINDOW_SECONDS) {
    return `its iat is not within ${DPOP_WINDOW_SECONDS} seconds of now`;
  }
  const tokenHash = createHash('sha256').update(call.token).digest('base64url');
  return ath === tokenHash ? undefined : 'its ath is not the hash of this token';
}

function parseObject(segment: string): Record<string, unknown> | undefined {
  try {
    const value = parseStrictJson(base64url.decode(segment));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof MatchstickError) return undefined;
    throw error;
  }
}

function refused(reason: string): DpopVerification {
  return { valid: false, reason };
}
