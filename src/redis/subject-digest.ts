import { createHash } from 'node:crypto';
import type { TokenSubject } from '../ledger/burn-ledger.ts';

const DIGEST_CHARACTERS = 22;

/** How a subject, or a subject and purpose, is called in Redis: not by name. */
export function subjectDigest(subject: string, purpose?: string): string {
  const text = JSON.stringify(purpose === undefined ? [subject] : [subject, purpose]);
  return createHash('sha256').update(text).digest('base64url').slice(0, DIGEST_CHARACTERS);
}

export function subjectDigests({ subject, purpose }: TokenSubject): readonly [string, string] {
  return [subjectDigest(subject), subjectDigest(subject, purpose)];
}
