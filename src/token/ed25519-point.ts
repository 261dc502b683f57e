import { ed25519 } from '@noble/curves/ed25519.js';

/**
 * What is wrong with an encoded Ed25519 public key, if anything: libraries import any 32 octets. With a
 * point of small order a signature can be forged for every message.
 */
export function pointProblem(x: string): string | undefined {
  const octets = Buffer.from(x, 'base64url');
  try {
    // Read as leniently as ZIP 215 does, so that each spelling of a small point is known for what it is.
    const point = ed25519.Point.fromBytes(octets, true);
    if (point.isSmallOrder()) return 'x is a point of small order';
    return octets.equals(point.toBytes()) ? undefined : 'x is not a point of the curve';
  } catch {
    return 'x is not a point of the curve';
  }
}
