import { BINDINGS, type BindingKind } from '../contract/bindings.ts';
import { COMPACT_JWS, MAX_TOKEN_CHARACTERS } from '../contract/limits.ts';
import { fromBase64url, isCanonicalBase64url } from './base64url.ts';
import { decodeClaims, type TokenClaims } from './claims.ts';
import { explainHeader } from './header.ts';
import { parseTokenId, type TokenId } from './id.ts';
import type { KeyRing, VerificationKey } from './key.ts';
import { isKnownSignature, rememberSignature } from './known-signatures.ts';
import { hasLowS } from './low-s.ts';
import type { Purpose, Purposes } from './purpose.ts';
import { isSignatureOf } from './signature.ts';

export interface Verifier {
  readonly issuer: string;
  readonly keys: Pick<KeyRing, 'verification'>;
  readonly purposes: Purposes;
  /** Allowed difference between clocks, applied to `iat` and `exp` alike. 0 to 60. */
  readonly clockToleranceSeconds: number;
}

/** A token whose signature, form and claims were found right. `expired` is for the reader to weigh. */
export interface VerifiedToken extends TokenClaims {
  readonly id: TokenId;
  readonly expired: boolean;
  /** The `kid` of the key that signed it. */
  readonly kid: string;
}

/**
 * `reason` completes the sentence "The token is refused: …" and quotes nothing of the token. `early` is the token
 * when nothing is wrong with it but that the clock is behind the time of its minting.
 */
export type Verification =
  | { readonly valid: true; readonly token: VerifiedToken }
  | { readonly valid: false; readonly reason: string; readonly early?: VerifiedToken };

/** Unix milliseconds: now, or a clock for each shard. */
export type Now = number | ((shard: number) => number);

/**
 * Verifies a capability token. Pure: no ledger is asked, so a token found valid here may still be
 * burned, revoked or void.
 *
 * Order matters. Form comes before any decoding; the signature before any claim is read. A key's
 * tokens all carry the same header, so the header is compared, not parsed: the encoded header
 * selects key and algorithm in one exact look-up (RFC 8725 sections 3.1, 3.10 and 3.11), and
 * `none`, `jwk`, `crit`, duplicate members or another `typ` are simply other bytes.
 */
export async function verifyToken(token: string, verifier: Verifier, now: Now): Promise<Verification> {
  if (token.length > MAX_TOKEN_CHARACTERS) return refused('it is too long');
  const [, header, payload, signature] = COMPACT_JWS.exec(token) ?? [];
  if (!header || !payload || !signature) return refused('it is not three base64url segments');
  if (![header, payload, signature].every(isCanonicalBase64url)) {
    return refused('it is not in its canonical spelling');
  }
  const key = verifier.keys.verification.get(header);
  if (!key) return refused(explainHeader(header, verifier.keys.verification));
  const { algorithm, publicKey } = key;
  if (!isKnownSignature(token, publicKey)) {
    const octets = fromBase64url(signature);
    const isSigned = isSignatureOf(octets, `${header}.${payload}`, algorithm, publicKey);
    if (!isSigned) return refused('its signature does not verify');
    if (algorithm === 'ES256' && !hasLowS(octets)) return refused('it is not in its canonical spelling');
    rememberSignature(token, publicKey);
  }
  const decoded = decodeClaims(payload);
  return decoded.ok ? checkClaims(decoded.claims, key, verifier, now) : refused(decoded.reason);
}

function checkClaims(
  claims: TokenClaims,
  { kid }: VerificationKey,
  verifier: Verifier,
  now: Now,
): Verification {
  const { iss, aud, jti, iat, exp } = claims;
  const toleranceSeconds = verifier.clockToleranceSeconds;
  const purpose = verifier.purposes.get(claims.purpose);
  const id = parseTokenId(jti);
  if (iss !== verifier.issuer) return refused('its issuer is another');
  if (!purpose) return refused('its purpose is not known here');
  if (!purpose.audiences.includes(aud)) return refused('its audience is not one of its purpose');
  if (exp <= iat) return refused('it expires before it was issued');
  if (exp - iat > purpose.lifetimeSeconds) return refused('it lives longer than its purpose allows');
  const nowMs = typeof now === 'number' ? now : now(id?.shard ?? 0);
  const expired = nowMs >= (exp + toleranceSeconds) * 1000;
  const token = id && { id, kid, expired, ...claims };
  const fault = token ? findFault(token, purpose) : 'its jti is not one that this service writes';
  if (iat * 1000 > nowMs + toleranceSeconds * 1000) {
    return {
      ...refused('it was issued in the future'),
      ...(token && fault === undefined ? { early: token } : {}),
    };
  }
  return token && fault === undefined ? { valid: true, token } : refused(fault ?? '');
}

/** What is wrong with a token whose times are right. */
function findFault(token: VerifiedToken, purpose: Purpose): string | undefined {
  const { id, iat, exp } = token;
  if (id.expiresAt !== exp || id.issuedAt !== iat) return 'its jti does not fit its iat and exp';
  if (id.uses > (purpose.uses ?? 1)) return 'it allows more uses than its purpose';
  if ((token.claims || token.sealed !== undefined) && !purpose.parseClaims)
    return 'its purpose carries no claims';
  if (BINDINGS.some((kind) => purpose.bind?.[kind] === 'required' && !IS_BOUND[kind](token))) {
    return 'it lacks a binding that its purpose requires';
  }
  return undefined;
}

const IS_BOUND: Readonly<Record<BindingKind, (claims: TokenClaims) => boolean>> = {
  session: ({ bind }) => bind?.session !== undefined,
  key: ({ cnf }) => cnf !== undefined,
  request: ({ bind }) => bind?.request !== undefined,
};

function refused(reason: string): Extract<Verification, { valid: false }> {
  return { valid: false, reason };
}
