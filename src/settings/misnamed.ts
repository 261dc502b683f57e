const INSTEAD_OF_DIGESTS =
  /^(?:(?:api|caller|auth)[-_]?)?(?:keys?|secrets?|tokens?|passwords?|(?:keys?[-_]?)?(?:hash(?:es)?|digests?|sha[-_]?256))$/i;

/** The end of a sentence about an unknown setting: what was meant, if its name does not come near. */
export function misnamed(path: readonly PropertyKey[], name: string): string | undefined {
  if (path.length !== 2 || path[0] !== 'callers' || !INSTEAD_OF_DIGESTS.test(name)) return undefined;
  return ' (did you mean keySha256? It takes the SHA-256 of the key, never the key itself)';
}
