import { type Attempt, namedAttempt, unnamedAttempt } from '../burn/attempt.ts';
import type { Caller } from './caller.ts';

/** The attempt that a caller names by its `Idempotency-Key`, or one of its own. */
export function callersAttempt(
  { name }: Caller,
  idempotencyKey: string | undefined,
  { randomBytes }: { readonly randomBytes: (size: number) => Uint8Array },
): Attempt {
  return idempotencyKey === undefined
    ? unnamedAttempt(name, randomBytes)
    : namedAttempt(name, idempotencyKey);
}
