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
  where: readonly PropertyKey[],
  alternatives: readonly (readonly Issue[])[],
): readonly Issue[] | undefined {
  const isOfOtherKind = ({ code, path }: Issue) => code === 'invalid_type' && path.length === 0;
  const meant = alternatives.find((issues) => !issues.some(isOfOtherKind));
  return meant?.map((issue) => ({ ...issue, path: [...where, ...issue.path] }));
}
