import type { z } from 'zod';
import type { Route } from '../route.ts';
import { jsonSchemaOf, propertiesOf, requiredOf } from './json-schema.ts';

/** Headers that OpenAPI says in another place, or that only browsers send by themselves. */
const UNLISTED = new Set(['accept', 'authorization', 'content-type', 'host', 'origin', 'sec-fetch-site']);
/** As documents and clients write them. */
const SPELLED: Readonly<Record<string, string>> = {
  'idempotency-key': 'Idempotency-Key',
  'accept-language': 'Accept-Language',
  'last-event-id': 'Last-Event-ID',
};

/** The parameters of a route. */
export function parametersOf({ params, query, headers }: Route): readonly object[] {
  return [
    ...listed(params, 'path'),
    ...listed(query, 'query'),
    ...listed(headers, 'header').filter(({ name }) => !UNLISTED.has(name.toLowerCase())),
  ];
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: unknown;
  readonly schema: object;
}

function listed(fields: z.ZodObject | undefined, place: Parameter['in']): readonly Parameter[] {
  if (!fields) return [];
  const schema = jsonSchemaOf(fields, 'input');
  const required = requiredOf(schema);
  return Object.entries(propertiesOf(schema)).map(([name, { description, ...value }]) => ({
    name: place === 'header' ? (SPELLED[name] ?? name) : name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: value,
  }));
}
