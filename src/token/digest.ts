import { hash } from 'node:crypto';

export const DIGEST_CHARACTERS = 22;

/** The first 132 bits of the SHA-256 of some lines, as 22 base64url characters. */
export function digestOf(...lines: readonly string[]): string {
  return hash('sha256', lines.join('\n'), 'base64url').slice(0, DIGEST_CHARACTERS);
}
