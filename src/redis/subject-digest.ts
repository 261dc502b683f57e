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

/** Of which subject and purpose a token is, and which key signed it, in one text. */
export function tokenOrigin(of: TokenSubject, kid: string): string {
  const { subjectDigest, purposeDigest } = subjectDigests(of);
  return `${subjectDigest} ${purposeDigest} ${kid}`;
}
