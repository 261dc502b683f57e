import { z } from 'zod';
import {
  MAX_AUDIENCE_CHARACTERS,
  MAX_MEDIA_TYPE_CHARACTERS,
  MAX_SESSION_CHARACTERS,
  MAX_SUBJECT_CHARACTERS,
  MAX_URL_CHARACTERS,
} from '../contract/limits.ts';

/** Fields that several calls share, with their descriptions for readers of the API. */

/** Control characters, and those that change a text without being seen: zero-width, bidirectional and the like. */
const UNSEEN = /[\p{Cc}\p{Cf}]/u;
/** The same for readers of the API, in ranges: many programs know no classes of Unicode in a pattern. */
const SEEN = `^[^\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890-\\u0891\\u08e2\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\u2066-\\u206f\\ufeff\\ufff9-\\ufffb\u{110bd}\u{110cd}\u{13430}-\u{1343f}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]+$`;

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
    pattern: SEEN,
  });

export const claims = z
  .record(z.string(), z.unknown())
  .describe('What the token carries, as the purpose declares it. Readable in the token.');

export const redemptionId = z.string().describe('Names this redemption. Only its caller can use it.');

export const sessionId = z
  .string()
  .min(1)
  .max(MAX_SESSION_CHARACTERS)
  .describe('A session id of your own. Only a digest of it gets into the token.');

export const requestFacts = z.strictObject({
  method: z.string().min(1).max(20).meta({ description: 'In capitals.', pattern: '^[A-Z][A-Z-]{0,19}$' }),
  url: z.string().min(1).max(MAX_URL_CHARACTERS).meta({
    description: 'Absolute, with its query, without a user name or a fragment.',
    format: 'uri',
    pattern: '^https?://[^/?#@\\s]+(?:[/?][^#\\s]*)?$',
  }),
  contentDigest: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .meta({
      description: 'Its Content-Digest (RFC 9530), with sha-256 or sha-512.',
      pattern: '^sha-(?:256=:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=|512=:[A-Za-z0-9+/]{85}[AQgw]==):$',
      examples: ['sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:'],
    }),
  contentType: z.string().min(1).max(MAX_MEDIA_TYPE_CHARACTERS).optional().meta({
    description: 'Its Content-Type, which is bound with the digest. Default: application/json.',
    pattern: '^[\\w!#$&^.+-]{1,127}/[\\w!#$&^.+-]{1,127}(?: *;.*)?$',
  }),
});
