import { createHash } from 'node:crypto';
import type { Topic } from '../ledger/burn-ledger.ts';

const DIGEST_CHARACTERS = 22;

/** How a subject, or a subject and purpose, is called in Redis: not by name. */
export function topicDigest(subject: string, purpose?: string): string {
  const text = JSON.stringify(purpose === undefined ? [subject] : [subject, purpose]);
  return createHash('sha256').update(text).digest('base64url').slice(0, DIGEST_CHARACTERS);
}

export function topicDigests({ subject, purpose }: Topic): readonly [string, string] {
  return [topicDigest(subject), topicDigest(subject, purpose)];
}
