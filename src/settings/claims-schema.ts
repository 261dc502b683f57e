import { Ajv2020 } from 'ajv/dist/2020.js';
import { showablePath } from '../contract/input-path.ts';
import { type InputProblem, MAX_LISTED_PROBLEMS } from '../errors.ts';
import { projectClaims } from '../token/json-value.ts';
import type { Purpose } from '../token/purpose.ts';
import type { ClaimsSchema } from './declared-claims.ts';

type ParseClaims = NonNullable<Purpose['parseClaims']>;

/**
 * The parser for the claims of a purpose, from their JSON Schema. Claims that the schema does not declare are
 * refused. Throws an Error that says what is wrong with the schema.
 */
export function compileClaimsSchema(schema: ClaimsSchema): ParseClaims {
  if (schema.type !== 'object') throw new Error('must have "type: object"');
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== false) {
    throw new Error('additionalProperties cannot be allowed: every claim is declared');
  }
  if ('$async' in schema) throw new Error('$async is not known here: claims are checked at once');
  const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true, messages: true });
  const validate = ajv.compile({ ...schema, additionalProperties: false });
  return (given) => {
    const claims = projectClaims(given);
    if (validate(claims)) return { ok: true, claims };
    return { ok: false, problems: (validate.errors ?? []).slice(0, MAX_LISTED_PROBLEMS).map(asProblem) };
  };
}

function asProblem(error: {
  instancePath: string;
  keyword: string;
  message?: string;
  params: object;
}): InputProblem {
  const path = showablePath(['claims', ...error.instancePath.split('/').slice(1)]);
  if (error.keyword === 'additionalProperties')
    return { path, message: 'has a claim that the purpose does not declare' };
  return { path, message: error.message ?? 'does not fit the purpose' };
}
