import { createPrivateKey, hkdfSync } from 'node:crypto';
import { base64url, CompactSign, compactVerify, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { isCanonicalBase64url } from '../token/base64url.ts';
import { pointProblem } from '../token/ed25519-point.ts';
import { KID, type SigningKey, type VerificationKey } from '../token/key.ts';
import { signWith } from '../token/signature.ts';

/** A key of a ring. Without a private part it only verifies. */
export type RingKey = VerificationKey &
  Partial<Pick<SigningKey, 'privateKey' | 'sealingKey'>> & { readonly createdAtMs: number };

const octets32 = z
  .string()
  .length(43, 'must be 43 base64url characters')
  .refine(isCanonicalBase64url, 'must be canonical base64url');

const common = {
  kid: z.string().regex(KID, 'must be 1 to 64 base64url characters'),
  use: z.literal('sig').optional(),
  key_ops: z
    .array(z.enum(['sign', 'verify']))
    .min(1)
    .optional(),
  createdAt: z.iso.datetime(),
};

const jwkSchema = z.discriminatedUnion('alg', [
  z.strictObject({
    ...common,
    alg: z.literal('ES256'),
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: octets32,
    y: octets32,
    d: octets32.optional(),
  }),
  z.strictObject({
    ...common,
    alg: z.literal('Ed25519'),
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    x: octets32,
    d: octets32.optional(),
  }),
]);

/** The members of a JSON Web Key (RFC 7517) that a key file may hold. */
export type StoredKey = z.infer<typeof jwkSchema>;

export class UnfitKeyError extends Error {
  override readonly name = 'UnfitKeyError';
}

/**
 * A key from a file. Throws UnfitKeyError, which quotes no key material, for everything that jose
 * would accept and this service must not: another type or use, no `alg`, a point off the curve, a
 * point of small order, a private part that does not belong to the public one.
 */
export async function parseKey(value: unknown): Promise<RingKey> {
  const parsed = jwkSchema.safeParse(value);
  if (!parsed.success) {
    const what = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'key'}: ${message}`);
    throw new UnfitKeyError(what.join('; '));
  }
  const { createdAt, d, ...publicJwk } = parsed.data;
  const wrong = publicJwk.alg === 'Ed25519' ? pointProblem(publicJwk.x) : undefined;
  if (wrong) throw new UnfitKeyError(wrong);
  requireOperations(publicJwk.key_ops, d !== undefined);
  const { kid, alg, use: _use, key_ops: _operations, ...material } = publicJwk;
  const publicKey = await importPart({ ...material }, alg);
  const key: RingKey = { kid, algorithm: alg, publicKey, createdAtMs: Date.parse(createdAt) };
  if (d === undefined) return key;
  const privateKey = await importPart({ ...material, d }, alg);
  await requirePair({ ...key, privateKey });
  signWith(createPrivateKey({ key: { ...material, d }, format: 'jwk' }), privateKey, alg);
  return { ...key, privateKey, sealingKey: sealingKeyOf(d) };
}

/** Derived from the private part (HKDF, RFC 5869), so that keys are rotated and kept as one. */
function sealingKeyOf(d: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', base64url.decode(d), '', 'matchstick sealed claims', 32));
}

function requireOperations(operations: readonly string[] | undefined, isPrivate: boolean): void {
  if (!operations) return;
  if (!operations.includes(isPrivate ? 'sign' : 'verify')) {
    throw new UnfitKeyError(`key_ops does not allow to ${isPrivate ? 'sign' : 'verify'}`);
  }
}

async function importPart(jwk: JWK, algorithm: string) {
  try {
    const key = await importJWK(jwk, algorithm);
    if (key instanceof Uint8Array) throw new TypeError('a symmetric key');
    return key;
  } catch (error) {
    throw new UnfitKeyError('the key material is not valid, or its private part belongs to another key', {
      cause: error,
    });
  }
}

async function requirePair({ algorithm, publicKey, privateKey }: RingKey & Pick<SigningKey, 'privateKey'>) {
  try {
    const probe = new CompactSign(new Uint8Array(32)).setProtectedHeader({ alg: algorithm });
    await compactVerify(await probe.sign(privateKey), publicKey, { algorithms: [algorithm] });
  } catch (error) {
    throw new UnfitKeyError('the private part does not belong to the public part', { cause: error });
  }
}
