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

/**
 * The reference at the beginning of what became of it on its way to a person: behind it may be anything; blanks, line
 * breaks and what cannot be seen may also be in it, and quotes before it. Undefined if there is none.
 */
export function referenceIn(text: string): string | undefined {
  const legible = text.normalize('NFKC').replace(UNSEEN, '').replace(DASHES, '-');
  return AT_THE_BEGINNING.exec(legible)?.[1];
}

/** `=` and a line break is how quoted-printable breaks a line (RFC 2045 section 6.7). */
const UNSEEN = /=\r?\n|[\p{Z}\p{C}]/gu;
/** What programs that mend typography make of a hyphen. */
const DASHES = /[\u2010-\u2015\u2212]/g;
const AT_THE_BEGINNING = /^[^\w-]*([\w-]{22})/;
const RANDOM_BYTES = 17;
/** Of 256 shards one is missed so often once in 10^17 times. */
const MOST_DRAWS = 10_000;
export const REFERENCE_CHARACTERS = 22;
const REFERENCE = /^[\w-]{22}$/;
