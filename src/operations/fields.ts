import { z } from 'zod';
import {
  MAX_AUDIENCE_CHARACTERS,
  MAX_SESSION_CHARACTERS,
  MAX_SUBJECT_CHARACTERS,
  MAX_URL_CHARACTERS,
} from '../contract/limits.ts';

/** Fields that several calls share, with their descriptions for readers of the API. */

/** Control characters, and those that change a text without being seen: zero-width, bidirectional and the like. */
const UNSEEN = /[\p{Cc}\p{Cf}]/u;

export const token = z.string().min(1).describe('A capability token: a JWS in compact serialization.');

export const purposeName = z.string().min(1).max(64).describe('A purpose that is configured here.');

export const audience = z
  .string()
  .min(1)
  .max(MAX_AUDIENCE_CHARACTERS)
  .describe('One audience of the purpose.');

export const subject = z
  .string()
  .min(1)
  .max(MAX_SUBJECT_CHARACTERS)
  .refine((text) => text.isWellFormed() && !UNSEEN.test(text), 'must have no control or invisible characters')
  // Two spellings of one name would be two subjects: revoking the one would leave the other. Normalizing takes the
  // square of the length, and what is too long is refused anyway.
  .refine(
    (text) => text.length > MAX_SUBJECT_CHARACTERS || text === text.normalize('NFC'),
    'must be in Unicode normalization form C',
  )
  .meta({
    description:
      'Whom or what the token is about, in your own words, in Unicode normalization form C: it is readable in the token.',
    pattern: '^[^\\p{Cc}\\p{Cf}\\p{Cs}]+$',
  });

export const claims = z
  .record(z.string(), z.unknown())
  .describe('What the token carries, as the purpose declares it. Readable in the token.');

export const redemptionId = z.string().describe('Names this redemption, for its caller alone.');

export const sessionId = z
  .string()
  .min(1)
  .max(MAX_SESSION_CHARACTERS)
  .describe('A session id of your own: only a digest of it gets into the token.');

export const requestFacts = z.strictObject({
  method: z.string().min(1).max(20),
  url: z.string().min(1).max(MAX_URL_CHARACTERS).describe('Absolute, with its query.'),
  contentDigest: z.string().min(1).max(1024).optional().describe('Its Content-Digest (RFC 9530).'),
  contentType: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('Its Content-Type, which is bound with the digest. Default: application/json.'),
});
