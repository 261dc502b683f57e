export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: JsonValue;
}

export const MAX_JSON_DEPTH = 8;

/** Thrown by `projectJson`; the message names no value, only what is wrong with it. */
export class UnfitJsonError extends Error {}

/**
 * A copy of a parsed JSON value that is safe to merge, spread and print: objects have no prototype.
 * Throws UnfitJsonError for what JSON text can carry but a claim must not: lone surrogates, numbers
 * beyond a double (`1e400`), a `__proto__` member, nesting deeper than `MAX_JSON_DEPTH`.
 */
export function projectJson(value: unknown, depth = 1): JsonValue {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw new UnfitJsonError('has a lone surrogate');
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new UnfitJsonError('has a number that is out of range');
      return value;
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      if (depth > MAX_JSON_DEPTH) throw new UnfitJsonError(`is nested deeper than ${MAX_JSON_DEPTH}`);
      return Array.isArray(value)
        ? value.map((item: unknown) => projectJson(item, depth + 1))
        : projectMembers(value, depth);
    default:
      throw new UnfitJsonError(`has a ${typeof value}, which JSON does not know`);
  }
}

/** Claims are one level down in the token's payload, which has the same limit of nesting. */
const CLAIMS_DEPTH = 2;

/** The claims of a token: an object of such values. Throws UnfitJsonError. */
export function projectClaims(value: unknown): JsonObject {
  const claims = projectJson(value, CLAIMS_DEPTH);
  if (!isJsonObject(claims)) throw new UnfitJsonError('is not an object');
  return claims;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function projectMembers(value: object, depth: number): JsonObject {
  const copy: Record<string, JsonValue> = Object.create(null);
  for (const [name, member] of Object.entries(value)) {
    if (name === '__proto__') throw new UnfitJsonError('has a member named __proto__');
    if (!name.isWellFormed()) throw new UnfitJsonError('has a lone surrogate in a name');
    copy[name] = projectJson(member, depth + 1);
  }
  return copy;
}
