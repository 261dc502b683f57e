import { z } from 'zod';
import { TOKEN_ID_CHARACTERS } from '../../token/token-id.ts';

/** Fields that several calls share, with what the reader of the API is told of them. */

const CONTROL_CHARACTER = /\p{Cc}/u;

export const token = z.string().min(1).describe('A capability token: a JWS in compact serialisation.');

export const purposeName = z.string().min(1).max(64).describe('A purpose that is configured here.');

export const audience = z.string().min(1).max(255).describe('One audience of the purpose.');

export const subject = z
  .string()
  .min(1)
  .max(255)
  .refine((text) => text.isWellFormed() && !CONTROL_CHARACTER.test(text), 'must have no control characters')
  .describe('Whom or what the token is about, in your own words: it is readable in the token.');

export const claims = z
  .record(z.string(), z.unknown())
  .describe('What the token carries, as the purpose declares it. Readable in the token.');

export const timestamp = z.string().describe('RFC 3339, UTC.');

export const jti = z.string().length(TOKEN_ID_CHARACTERS).describe('The RFC 7519 jti of a token.');

export const redemptionId = z.string().describe('Names this redemption, for its caller alone.');

/** RFC 3339. */
export function timestampOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
