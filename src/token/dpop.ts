import { createHash } from 'node:crypto';
import { base64url } from 'jose';
import { COMPACT_JWS, MAX_DPOP_CHARACTERS } from '../contract/limits.ts';
import { MatchstickError } from '../errors.ts';
import { isCanonicalBase64url } from './base64url.ts';
import { digestOf } from './digest.ts';
import { isSignedBy, parseProofKey } from './dpop-key.ts';
import { normalTarget } from './http-url.ts';
import { parseStrictJson } from './strict-json.ts';

/** The call that a DPoP proof (RFC 9449) must be for. */
export interface ProvedCall {
  readonly method: string;
  readonly url: string;
  /** The token that goes with it. */
  readonly token: string;
  /** RFC 7638 thumbprint of the key that must have signed. Undefined: any key may have. */
  readonly jkt: string | undefined;
  readonly nowMs: number;
}

/** `reason` completes "The DPoP proof is refused: …" and quotes nothing of it. */
export type DpopVerification =
  /** `name` names this proof of this key, however it is spelled: 22 base64url characters. */
  { readonly valid: true; readonly name: string } | { readonly valid: false; readonly reason: string };

/** How old a proof may be, and how far in the future. */
export const DPOP_WINDOW_SECONDS = 60;

const MAX_JTI_CHARACTERS = 256;

/**
 * Every check of RFC 9449 section 4.3 but that of replay, which the ledger makes together with the burn. Only
 * the key that is asked for gets as far as verifying a signature.
 */
export async function verifyDpop(proof: string, call: ProvedCall): Promise<DpopVerification> {
  if (proof.length > MAX_DPOP_CHARACTERS) return refused('it is too long');
  const [, header = '', payload = '', signature = ''] = COMPACT_JWS.exec(proof) ?? [];
  if (![header, payload, signature].every(isCanonicalBase64url)) return refused('it is not a compact JWS');
  const joseHeader = parseObject(header);
  const claims = parseObject(payload);
  if (!joseHeader || !claims) return refused('its header or payload is not a JSON object');
  if (joseHeader.typ !== 'dpop+jwt') return refused('its typ is not dpop+jwt');
  if ('crit' in joseHeader) return refused('it has critical header parameters');
  // Without crit it has no meaning (RFC 7797 section 6), and must not be taken to have one elsewhere.
  if ('b64' in joseHeader) return refused('it has a b64 header parameter');
  const parsed = await parseProofKey(joseHeader);
  if (!parsed.ok) return refused(parsed.reason);
  const { key } = parsed;
  if (call.jkt !== undefined && key.jkt !== call.jkt)
    return refused('its key is not the one that the token names');
  if (!(await isSignedBy(proof, key))) return refused('its signature does not verify');
  const reason = findMismatch(claims, call);
  return reason ? refused(reason) : { valid: true, name: digestOf(key.jkt, String(claims.jti)) };
}

function findMismatch(claims: Record<string, unknown>, call: ProvedCall): string | undefined {
  const { jti, htm, htu, iat, exp = Infinity, nbf = 0, ath } = claims;
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_CHARACTERS)
    return 'its jti is not usable';
  if (htm !== call.method) return 'its htm is another method';
  const target = normalTarget(call.url);
  if (typeof htu !== 'string' || target === undefined || normalTarget(htu) !== target) {
    return 'its htu is another URL';
  }
  if (![iat, exp, nbf].every((time) => typeof time === 'number')) return 'its times are not numbers';
  const nowS = call.nowMs / 1000;
  if (!(Math.abs(nowS - Number(iat)) <= DPOP_WINDOW_SECONDS)) {
    return `its iat is not within ${DPOP_WINDOW_SECONDS} seconds of now`;
  }
  // RFC 9449 does not ask for them, but RFC 7519 applies to every JWT that has them.
  if (nowS >= Number(exp) + DPOP_WINDOW_SECONDS || nowS < Number(nbf) - DPOP_WINDOW_SECONDS) {
    return 'it is outside its exp and nbf';
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
