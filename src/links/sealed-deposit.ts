import { hkdfSync } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';

/**
 * A deposit is found, and read, with a secret that the ledger never sees: its name and its key are derived
 * from that secret, each for itself (HKDF, RFC 5869), so what lies in Redis reveals nothing.
 */
export function depositName(secret: string): string {
  return derive(secret, 'name').toString('base64url').slice(0, NAME_CHARACTERS);
}

/** The text as a JWE (RFC 7516, `dir` with A256GCM). */
export function sealText(text: string, secret: string): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(derive(secret, 'contents'));
}

/** Rejects when it was not sealed with this secret. */
export async function openText(sealed: string, secret: string): Promise<string> {
  const { plaintext } = await compactDecrypt(sealed, derive(secret, 'contents'), {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM'],
  });
  return new TextDecoder().decode(plaintext);
}

/** What is kept of a code. Six digits could be tried out, were the digest not made with the secret. */
export function codeDigest(code: string, secret: string): string {
  return derive(secret, `code ${code}`).toString('base64url').slice(0, NAME_CHARACTERS);
}

const NAME_CHARACTERS = 22;
const KEY_BYTES = 32;

function derive(secret: string, what: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `matchstick deposit ${what}`, KEY_BYTES));
}
