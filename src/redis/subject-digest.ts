import { hash } from 'node:crypto';
import type { TokenSubject } from '../ledger/burn-ledger.ts';

const DIGEST_CHARACTERS = 22;

/** What a subject, or a subject and purpose, is called in Redis, which knows no names of subjects. */
export function subjectDigest(subject: string, purpose?: string): string {
  const text = JSON.stringify(purpose === undefined ? [subject] : [subject, purpose]);
  return hash('sha256', text, 'base64url').slice(0, DIGEST_CHARACTERS);
}

/** Both digests, as the scripts name them. */
export function subjectDigests({ subject, purpose }: TokenSubject) {
  return { subjectDigest: subjectDigest(subject), purposeDigest: subjectDigest(subject, purpose) };
}
