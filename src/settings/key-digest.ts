import { z } from 'zod';
import { CALLER_KEY } from '../contract/limits.ts';

const SHA256_HEX = /^[0-9a-f]{64}$/;
/** Of an empty text, and of a line end alone: what a shell hashes if its variable is not set. */
const DIGESTS_OF_NOTHING: ReadonlySet<string> = new Set([
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b',
]);
/** Long enough for a secret, in the characters of one. */
const SECRET = /^(?!sha-?256)(?![0-9a-f]*$)[\w+/=.~-]{20,}$/i;

const digest = z
  .string()
  .regex(SHA256_HEX, {
    error: ({ input }) => insteadOfDigest(input) ?? 'must be a SHA-256 in lower-case hex',
  })
  .refine(
    (text) => !DIGESTS_OF_NOTHING.has(text),
    'is the SHA-256 of an empty text: hash the whole caller key',
  );

/** The digests of a caller's keys. A key that stands in their place is never shown. */
export const keyDigests = z
  .array(digest, { error: ({ input }) => insteadOfDigest(input) })
  .min(1)
  .max(2)
  .describe('Hex SHA-256 of the whole caller key; two while it is changed.');

function insteadOfDigest(input: unknown): string | undefined {
  if (typeof input !== 'string') return undefined;
  if (CALLER_KEY.test(input)) return 'is the key itself: put its SHA-256 here, in lower-case hex';
  return SECRET.test(input)
    ? 'looks like the key itself: put its SHA-256 here, in lower-case hex'
    : undefined;
}
