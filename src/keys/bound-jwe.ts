import { CompactEncrypt, compactDecrypt, decodeProtectedHeader, errors } from 'jose';

const HEADER = { alg: 'dir', enc: 'A256GCM' } as const;

/** What a sealed text is for. It is part of what is authenticated, so no text opens in the place of another. */
export interface SealedFor {
  readonly issuer: string;
  readonly kid: string;
}

/** Octets as a JWE in compact serialization (RFC 7516) whose protected header says what they are for. `key` has 32 octets. */
export function sealFor({ issuer, kid }: SealedFor, octets: Uint8Array, key: Uint8Array): Promise<string> {
  return new CompactEncrypt(octets).setProtectedHeader({ ...HEADER, iss: issuer, kid }).encrypt(key);
}

/** The octets again. Undefined if they were not sealed with this key, or for something else. */
export async function unsealFor(
  { issuer, kid }: SealedFor,
  sealed: string,
  key: Uint8Array,
): Promise<Uint8Array | undefined> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: [HEADER.alg],
      contentEncryptionAlgorithms: [HEADER.enc],
    });
    return protectedHeader.iss === issuer && protectedHeader.kid === kid ? plaintext : undefined;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/** The issuer that a sealed text names. It is not authenticated: for messages. */
export function issuerNamedBy(sealed: string): string | undefined {
  try {
    const { iss } = decodeProtectedHeader(sealed);
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
}
