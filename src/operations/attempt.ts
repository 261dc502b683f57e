import { z } from 'zod';
import { type Attempt, namedAttempt, unnamedAttempt } from '../burn/attempt.ts';
import { ATTEMPT_NAME } from '../contract/limits.ts';

export const attemptName = z
  .string()
  .regex(ATTEMPT_NAME, 'must be 1 to 255 visible ASCII characters')
  .describe('Names the attempt. The same caller asking again with the same key gets the same answer.');

/** The attempt that a caller names, or one of its own. */
export function callersAttempt(
  caller: string,
  named: string | undefined,
  { randomBytes }: { readonly randomBytes: (size: number) => Uint8Array },
): Attempt {
  return named === undefined ? unnamedAttempt(caller, randomBytes) : namedAttempt(caller, named);
}
