import { ATTEMPT_NAME } from '../contract/limits.ts';
import { MatchstickError, requestInvalid } from '../errors.ts';

// What callers without types give instead of a string would become one here, and `null` the same for all.
const ID = /^[\w-]{20,200}$/;

/** An id as a segment of a path. What cannot be one is `not_found`, and never gets into a path. */
export function idSegment(id: string, what: 'redemption' | 'jti'): string {
  if (typeof id !== 'string' || !ID.test(id))
    throw new MatchstickError('not_found', `This is not the form of a ${what} id.`);
  return id;
}

/** The name of an attempt, which becomes a header. */
export function checkAttempt(attempt: string): string {
  if (typeof attempt !== 'string' || !ATTEMPT_NAME.test(attempt)) {
    throw requestInvalid([{ path: 'attempt', message: 'must be 1 to 255 visible ASCII characters' }]);
  }
  return attempt;
}
