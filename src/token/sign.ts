import { base64url, CompactSign } from 'jose';
import { encodeClaims, type TokenClaims } from './claims.ts';
import { type SigningKey, tokenHeader } from './key.ts';
import { withLowS } from './low-s.ts';

/** The token as JWS compact serialization (RFC 7515 section 7.1). */
export async function signToken(claims: TokenClaims, key: SigningKey): Promise<string> {
  const token = await new CompactSign(base64url.decode(encodeClaims(claims)))
    .setProtectedHeader(tokenHeader(key))
    .sign(key.privateKey);
  if (key.algorithm !== 'ES256') return token;
  const signatureAt = token.lastIndexOf('.') + 1;
  return token.slice(0, signatureAt) + withLowS(token.slice(signatureAt));
}

/** How long the token of these claims will be: header, payload and a signature of 64 octets. */
export function tokenCharacters(claims: TokenClaims, key: SigningKey): number {
  const header = base64url.encode(JSON.stringify(tokenHeader(key)));
  return header.length + encodeClaims(claims).length + SIGNATURE_CHARACTERS + 2;
}

const SIGNATURE_CHARACTERS = 86;
