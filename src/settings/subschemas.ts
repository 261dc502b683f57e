/** A part of a JSON Schema that is one itself, and where it is. */
export interface Subschema {
  readonly keyword: string;
  /** Its name under the keyword, or its index. Absent: the keyword has one schema. */
  readonly name?: string;
  readonly schema: unknown;
}

/** Every keyword of JSON Schema 2020-12 that holds schemas, and how it holds them. */
const HOLDING: Readonly<Record<string, 'one' | 'several'>> = {
  not: 'one',
  if: 'one',
  then: 'one',
  else: 'one',
  items: 'one',
  contains: 'one',
  unevaluatedItems: 'one',
  propertyNames: 'one',
  additionalProperties: 'one',
  unevaluatedProperties: 'one',
  allOf: 'several',
  anyOf: 'several',
  oneOf: 'several',
  prefixItems: 'several',
  properties: 'several',
  patternProperties: 'several',
  dependentSchemas: 'several',
  $defs: 'several',
  definitions: 'several',
};

/** The schemas that a schema holds directly. What stands in `const` or `default` is none, whatever it looks like. */
export function subschemasOf(schema: unknown): readonly Subschema[] {
  return Object.entries(asObject(schema)).flatMap(([keyword, held]): readonly Subschema[] => {
    const holding = Object.hasOwn(HOLDING, keyword) ? HOLDING[keyword] : undefined;
    if (holding === 'one') return [{ keyword, schema: held }];
    if (holding === undefined) return [];
    return Object.entries(asObject(held)).map(([name, each]) => ({ keyword, name, schema: each }));
  });
}

/** A schema can also be `true` or `false`, which has no members. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** The schemas to which a schema refers. Throws an Error for a reference that is not followed here. */
export function referred(part: unknown, root: unknown): readonly unknown[] {
  const { $ref, $dynamicRef } = asObject(part);
  return [$ref, $dynamicRef].flatMap((reference) => {
    if (typeof reference !== 'string') return [];
    if (!reference.startsWith('#'))
      throw new Error(`${reference}: a reference to another schema is not followed`);
    const fragment = decodeURIComponent(reference.slice(1));
    return fragment === '' || fragment.startsWith('/') ? [at(fragment, root)] : anchored(fragment, root);
  });
}

/** What a JSON Pointer (RFC 6901) leads to. */
function at(pointer: string, root: unknown): unknown {
  const names = pointer.split('/').slice(1);
  return names.reduce(
    (value: unknown, name) => asObject(value)[name.replaceAll('~1', '/').replaceAll('~0', '~')],
    root,
  );
}

function anchored(name: string, part: unknown): readonly unknown[] {
  const { $anchor, $dynamicAnchor } = asObject(part);
  const within = subschemasOf(part).flatMap(({ schema }) => anchored(name, schema));
  return [$anchor, $dynamicAnchor].includes(name) ? [part, ...within] : within;
}

/** These schemas and all that they hold or refer to. */
export function reachableFrom(schemas: readonly unknown[], root: unknown): ReadonlySet<unknown> {
  const reached = new Set<unknown>();
  const visit = (schema: unknown): void => {
    if (reached.has(schema)) return;
    reached.add(schema);
    for (const each of [...subschemasOf(schema).map((held) => held.schema), ...referred(schema, root)])
      visit(each);
  };
  for (const schema of schemas) visit(schema);
  return reached;
}
