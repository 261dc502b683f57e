import { base64url } from 'jose';
import type { Deposits } from '../ledger/deposits.ts';

/**
 * What a link shows instead of its token: 22 random characters of base64url, 132 bits. The token waits at the shard that
 * the reference belongs to, and must wait at its own, so one is drawn that belongs there: to whoever knows the shard,
 * 130 bits remain of four shards, and 124 of 256.
 */
export function newReference(
  shard: number,
  { shardOf }: Pick<Deposits, 'shardOf'>,
  randomBytes: (size: number) => Uint8Array,
): string {
  for (let draws = 0; draws < MOST_DRAWS; draws++) {
    const reference = base64url.encode(randomBytes(RANDOM_BYTES)).slice(0, REFERENCE_CHARACTERS);
    if (shardOf(reference) === shard) return reference;
  }
  throw new Error(`no reference belongs to shard ${shard}`);
}

/** Whether `newReference` can have written it. */
export function isReference(text: string): boolean {
  return REFERENCE.test(text);
}

const RANDOM_BYTES = 17;
/** Of 256 shards one is missed so often once in 10^17 times. */
const MOST_DRAWS = 10_000;
export const REFERENCE_CHARACTERS = 22;
const REFERENCE = /^[\w-]{22}$/;
