import { toBase64url } from './base64url.ts';
import { claimsText, encodeClaims, type TokenClaims } from './claims.ts';
import { encodedHeader, type SigningKey } from './key.ts';
import { rememberSignature } from './known-signatures.ts';
import { withLowS } from './low-s.ts';
import { signatureOf } from './signature.ts';

/** The token as JWS compact serialization (RFC 7515 section 7.1). */
export function signToken(claims: TokenClaims, key: SigningKey): string {
  const input = `${encodedHeader(key)}.${encodeClaims(claims)}`;
  const signature = signatureOf(input, key.algorithm, key.privateKey);
  const token = `${input}.${toBase64url(key.algorithm === 'ES256' ? withLowS(signature) : signature)}`;
  rememberSignature(token, key.publicKey);
  return token;
}

/** How long the token of these claims will be: header, payload and a signature of 64 octets. */
export function tokenCharacters(claims: TokenClaims, key: SigningKey): number {
  const payload = Math.ceil((Buffer.byteLength(claimsText(claims)) * 4) / 3);
  return encodedHeader(key).length + payload + SIGNATURE_CHARACTERS + 2;
}

const SIGNATURE_CHARACTERS = 86;
