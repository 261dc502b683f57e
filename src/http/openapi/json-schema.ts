import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a schema takes, or what it gives. */
type Side = 'input' | 'output';

/** The JSON Schema (draft 2020-12) of a schema that parses. */
export function jsonSchemaOf(schema: z.core.$ZodType, side: Side): JsonSchema {
  const { $schema: _, ...made } = z.toJSONSchema(schema, optionsFor(side));
  return made;
}

/** The JSON Schemas of several, by name, each in place of itself in the others. */
export function namedJsonSchemas(
  schemas: ReadonlyMap<string, z.core.$ZodType>,
  side: Side,
  uriOf: (name: string) => string,
): Readonly<Record<string, JsonSchema>> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of schemas) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, { ...optionsFor(side), uri: uriOf });
  return Object.fromEntries(
    Object.entries(made.schemas).map(([name, { $schema: _, $id: _id, ...schema }]) => [name, schema]),
  );
}

function optionsFor(io: Side) {
  return {
    io,
    target: 'draft-2020-12',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // The format says the same in one word.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      // Those of every number in JavaScript.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      // Answers may get more members.
      if (io === 'output' && jsonSchema.additionalProperties === false)
        delete jsonSchema.additionalProperties;
    },
  } as const satisfies z.core.ToJSONSchemaParams;
}

/** The schemas of its properties, by name. */
export function propertiesOf({ properties }: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    Object.entries(Object(properties)).map(([name, schema]) => [name, { ...Object(schema) }]),
  );
}

/** The names of what must be there. */
export function requiredOf({ required }: JsonSchema): readonly string[] {
  return Array.isArray(required) ? required.map(String) : [];
}
