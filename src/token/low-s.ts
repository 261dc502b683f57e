import { p256 } from '@noble/curves/nist.js';
import { base64url } from 'jose';

/**
 * An ECDSA signature (r, s) verifies as (r, n - s) too, so anybody can respell a token. Like elsewhere
 * where that matters, only the one with the lower s is written and accepted.
 */
export function hasLowS(signature: string): boolean {
  try {
    return !p256.Signature.fromBytes(base64url.decode(signature)).hasHighS();
  } catch {
    return false; // r or s is not a number from 1 up to the order of the group.
  }
}

/** The same signature with the lower s. Throws an Error for what is no signature of P-256. */
export function withLowS(signature: string): string {
  const parsed = p256.Signature.fromBytes(base64url.decode(signature));
  if (!parsed.hasHighS()) return signature;
  return base64url.encode(new p256.Signature(parsed.r, p256.Point.Fn.neg(parsed.s)).toBytes());
}
