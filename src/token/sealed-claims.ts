import { CompactEncrypt, compactDecrypt, errors } from 'jose';
import { isJsonObject, type JsonObject, projectJson } from './json-value.ts';

const HEADER = { alg: 'dir', enc: 'A256GCM' } as const;
const HEADER_CHARACTERS = 39;
const IV_CHARACTERS = 16;
const TAG_CHARACTERS = 22;

/** Claims as a JWE in compact serialization (RFC 7516, `dir` with A256GCM). `key` has 32 octets. */
export function sealClaims(claims: JsonObject, key: Uint8Array): Promise<string> {
  return new CompactEncrypt(octetsOf(claims)).setProtectedHeader(HEADER).encrypt(key);
}

/** The claims again. Undefined when they were not sealed with this key, or are no claims. */
export async function unsealClaims(sealed: string, key: Uint8Array): Promise<JsonObject | undefined> {
  const plaintext = await decrypt(sealed, key);
  if (!plaintext) return undefined;
  try {
    const claims = projectJson(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plaintext)));
    return isJsonObject(claims) ? claims : undefined;
  } catch {
    return undefined; // What was sealed is not JSON, or not JSON that a claim may be.
  }
}

async function decrypt(sealed: string, key: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    const { plaintext } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: [HEADER.alg],
      contentEncryptionAlgorithms: [HEADER.enc],
    });
    return plaintext;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/** How long the claims are when they are sealed. */
export function sealedCharacters(claims: JsonObject): number {
  const text = Math.ceil((octetsOf(claims).length * 4) / 3);
  return HEADER_CHARACTERS + IV_CHARACTERS + text + TAG_CHARACTERS + 4;
}

function octetsOf(claims: JsonObject): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(claims));
}
