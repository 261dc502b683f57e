import { hash } from 'node:crypto';
import { toBase64url } from '../token/base64url.ts';

/** One try at redeeming a token. Asked twice, the same attempt gets the same answer. */
export interface Attempt {
  /** 22 base64url characters (128 bits). Its holder can ask about the redemption, so the ledger never gets it. */
  readonly secret: string;
  /** What the ledger knows the attempt by: 22 base64url characters of the secret's digest. */
  readonly id: string;
  readonly caller: string;
  /** The caller named it, so the caller can ask again after a lost reply. */
  readonly named: boolean;
}

/** The caller of an attempt that a person makes at a link. No configured caller can have this name. */
export const VISITOR = '(visitor)';

const SECRET_BYTES = 16;
const SECRET = /^[\w-]{22}$/;
const DIGEST_CHARACTERS = 22;

export function attemptOf(secret: string, caller: string, named: boolean): Attempt {
  return { secret, id: attemptId(secret), caller, named };
}

/**
 * The attempt that a caller names by its `Idempotency-Key`, or a visitor by a page's form. The caller's
 * authenticated name goes into the secret, so nobody else can ask as this attempt, whatever key they send.
 */
export function namedAttempt(caller: string, idempotencyKey: string): Attempt {
  return attemptOf(digest(`${caller}\n${idempotencyKey}`), caller, true);
}

/** An attempt of its own, for a request that names none. */
export function unnamedAttempt(caller: string, randomBytes: (size: number) => Uint8Array): Attempt {
  return attemptOf(newAttemptSecret(randomBytes), caller, false);
}

export function newAttemptSecret(randomBytes: (size: number) => Uint8Array): string {
  return toBase64url(randomBytes(SECRET_BYTES));
}

export function isAttemptSecret(text: string): boolean {
  return SECRET.test(text);
}

/** How the ledger calls the attempt that has this secret. */
export function attemptId(secret: string): string {
  return digest(`matchstick attempt\n${secret}`);
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, DIGEST_CHARACTERS);
}
