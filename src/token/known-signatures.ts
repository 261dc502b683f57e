import { hash } from 'node:crypto';
import type { CryptoKey } from 'jose';

/** Each key has two generations, which take some five megabytes. */
const MOST_IN_A_GENERATION = 20_000;

interface Known {
  newer: Set<string>;
  older: Set<string>;
}

const byKey = new WeakMap<CryptoKey, Known>();

/**
 * Remembers that this very text is a token whose signature by this key is right: because it was just signed with it, or
 * verified. Its SHA-256 is kept, and of nothing but the newest; a key that is read anew begins with nothing.
 */
export function rememberSignature(token: string, key: CryptoKey): void {
  const known = byKey.get(key) ?? { newer: new Set<string>(), older: new Set<string>() };
  if (known.newer.size >= MOST_IN_A_GENERATION) {
    known.older = known.newer;
    known.newer = new Set();
  }
  known.newer.add(digest(token));
  byKey.set(key, known);
}

/** Whether that is known of every octet of this text. If not, it is to be verified. */
export function isKnownSignature(token: string, key: CryptoKey): boolean {
  const known = byKey.get(key);
  if (!known) return false;
  const name = digest(token);
  return known.newer.has(name) || known.older.has(name);
}

function digest(token: string): string {
  return hash('sha256', token, 'base64url');
}
