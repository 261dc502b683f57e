import { createHash } from 'node:crypto';
import { base64url } from 'jose';

/** One try at redeeming a token. Asked twice, the same attempt gets the same answer. */
export interface Attempt {
  /** 20 base64url characters (120 bits). */
  readonly id: string;
  readonly caller: string;
  /** The caller named it, so the caller can ask again after a lost reply. */
  readonly named: boolean;
}

const ATTEMPT_BYTES = 15;
const ATTEMPT_CHARACTERS = 20;

/**
 * The attempt that a caller names by its `Idempotency-Key`. The caller's authenticated name goes into
 * the id, so no other caller can ask as this attempt, whatever key it sends.
 */
export function namedAttempt(caller: string, idempotencyKey: string): Attempt {
  const digest = createHash('sha256').update(`${caller}\n${idempotencyKey}`).digest('base64url');
  return { id: digest.slice(0, ATTEMPT_CHARACTERS), caller, named: true };
}

/** An attempt of its own, for a request that names none. */
export function unnamedAttempt(caller: string, randomBytes: (size: number) => Uint8Array): Attempt {
  return { id: base64url.encode(randomBytes(ATTEMPT_BYTES)), caller, named: false };
}
