import type { Names } from '../callers/caller.ts';
import { type MatchstickError, requestInvalid } from '../errors.ts';
import { probablyMeant } from '../input-problems.ts';
import type { Purposes } from '../token/purpose.ts';

/** A list of more purposes than these helps nobody. */
const MOST_NAMED = 10;

/** The refusal of a purpose that is not configured. Undefined: it is. */
export function unknownPurpose(name: string, purposes: Purposes): MatchstickError | undefined {
  if (purposes.has(name)) return undefined;
  const names = [...purposes.keys()];
  return unknownName('purpose', name, names, names.length <= MOST_NAMED);
}

/** The refusal of a name that is none of these, with the one that was probably meant. */
export function unknownName(
  path: string,
  name: string,
  names: readonly string[],
  tellsNames: boolean,
): MatchstickError {
  const meant = probablyMeant(name, names);
  const hints = [
    ...(meant === undefined ? [] : [`did you mean ${meant}?`]),
    ...(tellsNames ? [`configured: ${names.join(', ') || 'none'}`] : []),
  ];
  const message = `is not configured here${hints.length > 0 ? ` (${hints.join(' ')})` : ''}`;
  return requestInvalid([{ path, message }]);
}

/** Whether a caller learns that a purpose is not configured: one that has the right to none does not. */
export function mayFor(purpose: string, allowed: Names, purposes: Purposes): boolean {
  return allowed.has(purpose) || (allowed.size > 0 && !purposes.has(purpose));
}
