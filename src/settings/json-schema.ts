import { fileSchema } from './schema.ts';

/** JSON Schema of the configuration file, for editors. */
export function configSchemaText(): string {
  const schema = { title: 'Matchstick configuration', ...fileSchema.toJSONSchema({ io: 'input' }) };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
