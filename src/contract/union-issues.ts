/** What zod found wrong somewhere, as far as it is looked at here. */
export interface FoundIssue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
}

/**
 * Of a value that fits none of several schemas: what is wrong with it in the one of its kind, such as an object in
 * place of a string. Undefined if none is of its kind.
 */
export function meantAlternative<Issue extends FoundIssue>(
  path: readonly PropertyKey[],
  alternatives: readonly (readonly Issue[])[],
): readonly Issue[] | undefined {
  const meant = alternatives.find((issues) =>
    issues.some((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys'),
  );
  return meant?.map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
}
