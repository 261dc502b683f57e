import { base64url } from 'jose';

/** The order of the P-256 group (FIPS 186-5, SP 800-186 section 3.2.1.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const HALF_ORDER = ORDER >> 1n;
const S_AT = 32;

/**
 * An ECDSA signature (r, s) verifies as (r, n - s) too, so anybody can respell a token. Like elsewhere
 * where that matters, only the one with the lower s is written and accepted.
 */
export function hasLowS(signature: string): boolean {
  return readS(base64url.decode(signature)) <= HALF_ORDER;
}

/** The same signature with the lower s. */
export function withLowS(signature: string): string {
  const octets = base64url.decode(signature);
  const s = readS(octets);
  if (s <= HALF_ORDER) return signature;
  let rest = ORDER - s;
  for (let at = octets.length - 1; at >= S_AT; at--) {
    octets[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return base64url.encode(octets);
}

function readS(octets: Uint8Array): bigint {
  let s = 0n;
  for (const octet of octets.subarray(S_AT)) s = (s << 8n) | BigInt(octet);
  return s;
}
