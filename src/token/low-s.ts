/** The order of the group of P-256 (SP 800-186 section 3.2.1.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const PART_BYTES = 32;
const HALF = octetsOf(ORDER >> 1n);

/**
 * An ECDSA signature (r, s) verifies as (r, n - s) too, so anybody can respell a token. Like elsewhere
 * where that matters, only the one with the lower s is written and accepted. `signature` is 64 octets.
 */
export function hasLowS(signature: Buffer): boolean {
  return signature.compare(HALF, 0, PART_BYTES, PART_BYTES) <= 0;
}

/** The same signature with the lower s. */
export function withLowS(signature: Buffer): Buffer {
  if (hasLowS(signature)) return signature;
  const s = BigInt(`0x${signature.toString('hex', PART_BYTES)}`);
  return Buffer.concat([signature.subarray(0, PART_BYTES), octetsOf(ORDER - s)]);
}

function octetsOf(part: bigint): Buffer {
  return Buffer.from(part.toString(16).padStart(2 * PART_BYTES, '0'), 'hex');
}
