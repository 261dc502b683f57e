/** The JSON Schema (2020-12) of the claims of a purpose. */
export type ClaimsSchema = Readonly<Record<string, unknown>>;

/** The names of the claims that a schema declares. */
export function declaredNames({ properties }: ClaimsSchema): readonly string[] {
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}
