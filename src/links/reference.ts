import { base64url } from 'jose';
import { isCanonicalBase64url } from '../token/base64url.ts';

/**
 * What a link shows instead of its token: 22 base64url characters. The first octet names the
 * shard where the token waits and 120 bits are random.
 */
export function newReference(shard: number, randomBytes: (size: number) => Uint8Array): string {
  return base64url.encode(Uint8Array.of(shard, ...randomBytes(RANDOM_BYTES)));
}

/** The shard that a reference names. Undefined for anything that `newReference` cannot have written. */
export function shardOfReference(reference: string): number | undefined {
  if (!REFERENCE.test(reference) || !isCanonicalBase64url(reference)) return undefined;
  return base64url.decode(reference)[0];
}

const RANDOM_BYTES = 15;
export const REFERENCE_CHARACTERS = 22;
const REFERENCE = /^[\w-]{22}$/;
