import type { z } from 'zod';
import { mintBody, mintManyBody } from '../../operations/mint-body.ts';
import type { Purposes } from '../../token/purpose.ts';
import { type JsonSchema, jsonSchemaOf, propertiesOf } from './json-schema.ts';
import { anyMintRequest } from './mint-requests.ts';

/** What a request's body may name here. */
interface Configured {
  readonly purposes: Purposes;
  readonly stores: readonly string[];
}

/** The JSON Schema of a request's body, with the names that are configured in place of any. */
export function requestSchema(
  body: z.core.$ZodType,
  { purposes, stores }: Configured,
  uriOf: (name: string) => string,
): JsonSchema {
  if (body === mintBody) return anyMintRequest(purposes, uriOf);
  const schema = jsonSchemaOf(body, 'input');
  const { purpose, store, tokens, ...others } = propertiesOf(schema);
  const properties = {
    ...others,
    ...(purpose ? { purpose: purposes.size > 0 ? { ...purpose, enum: [...purposes.keys()] } : purpose } : {}),
    ...(store ? { store: { ...store, enum: stores } } : {}),
    ...(tokens && body === mintManyBody
      ? { tokens: { ...tokens, items: { $ref: uriOf('MintRequest') } } }
      : {}),
  };
  return { ...schema, properties };
}
