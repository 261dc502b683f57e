/** The field and the curve of RFC 8032 section 5.1. */
const P = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/** The y coordinates of the eight points of small order, in each encoding that decoders accept. */
const SMALL_ORDER_Y = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/**
 * What is wrong with an encoded Ed25519 public key, if anything: libraries import any 32 octets. With a
 * point of small order a signature can be forged for every message.
 */
export function pointProblem(x: string): string | undefined {
  const octets = Buffer.from(x, 'base64url');
  octets[31] = (octets[31] ?? 0) & 0x7f;
  if (SMALL_ORDER_Y.has(octets.toString('hex'))) return 'x is a point of small order';
  const y = BigInt(`0x${octets.reverse().toString('hex')}`);
  return y < P && isOnCurve(y) ? undefined : 'x is not a point of the curve';
}

/** Whether (y^2 - 1) / (d y^2 + 1) is a square: by Euler's criterion, and a/b is one where a*b is. */
function isOnCurve(y: bigint): boolean {
  const square = (y * y) % P;
  const product = (((square - 1n + P) % P) * ((D * square + 1n) % P)) % P;
  return product === 0n || power(product, (P - 1n) / 2n) === 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let bits = exponent, square = base; bits > 0n; bits >>= 1n, square = (square * square) % P) {
    if (bits & 1n) result = (result * square) % P;
  }
  return result;
}
