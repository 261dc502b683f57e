import { createHmac } from 'node:crypto';

const CHARACTERS = 22;

/**
 * What events call a subject: the first 132 bits of HMAC-SHA-256 (RFC 2104) in base64url. Who has the key finds the
 * events of a subject; who has only the events cannot try which subject it is.
 */
export function subjectHash(subject: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(subject).digest('base64url').slice(0, CHARACTERS);
}
