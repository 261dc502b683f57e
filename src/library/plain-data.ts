import { MAX_JSON_DEPTH, UnfitJsonError } from '../token/json-value.ts';

/**
 * A copy of a value as JSON carries it: members that are undefined are not there. Throws UnfitJsonError for
 * what JSON would silently make something else of, such as a Date or a Map.
 */
export function plainData(value: unknown, depth = 1): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_JSON_DEPTH) throw new UnfitJsonError(`is nested deeper than ${MAX_JSON_DEPTH}`);
  if (Array.isArray(value)) return value.map((item: unknown) => plainData(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new UnfitJsonError('has an object that is not plain data');
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, plainData(member, depth + 1)]));
}
