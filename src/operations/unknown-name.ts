import type { Names } from '../callers/caller.ts';
import { type MatchstickError, requestInvalid } from '../errors.ts';
import { probablyMeant } from '../input-problems.ts';
import type { Purposes } from '../token/purpose.ts';

/** A list of more purposes than these helps nobody. */
const MOST_NAMED = 10;

/** The refusal of a purpose that is not configured. It names only those that the caller may use. Undefined: it is. */
export function unknownPurpose(
  name: string,
  purposes: Purposes,
  allowed: Pick<Names, 'has'>,
): MatchstickError | undefined {
  if (purposes.has(name)) return undefined;
  const names = [...purposes.keys()].filter((each) => allowed.has(each));
  const told = names.length === purposes.size ? 'configured' : 'configured for you';
  return unknownName('purpose', name, names, names.length <= MOST_NAMED ? told : undefined);
}

/** What was probably meant by a name that is none of these, as the end of a sentence. */
export function meantInstead(name: string, names: readonly string[]): string {
  const meant = probablyMeant(name, names);
  return meant === undefined ? '' : ` (did you mean ${meant}?)`;
}

/** The refusal of a name that is none of these, with the one that was probably meant. `told`: what all of them are. */
export function unknownName(
  path: string,
  name: string,
  names: readonly string[],
  told?: string,
): MatchstickError {
  const meant = probablyMeant(name, names);
  const hints = [
    ...(meant === undefined ? [] : [`did you mean ${meant}?`]),
    ...(told === undefined ? [] : [`${told}: ${names.join(', ') || 'none'}`]),
  ];
  const message = `is not configured here${hints.length > 0 ? ` (${hints.join(' ')})` : ''}`;
  return requestInvalid([{ path, message }]);
}

/** Whether a caller learns that a purpose is not configured: one that has the right to none does not. */
export function mayFor(purpose: string, allowed: Names, purposes: Purposes): boolean {
  return allowed.has(purpose) || (allowed.size > 0 && !purposes.has(purpose));
}
