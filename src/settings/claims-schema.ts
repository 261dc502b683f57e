import { Ajv2020 } from 'ajv/dist/2020.js';
import { projectClaims } from '../token/json-value.ts';
import type { Purpose } from '../token/purpose.ts';
import { claimProblems } from './claim-problems.ts';
import { workOf } from './claims-work.ts';
import type { ClaimsSchema } from './declared-claims.ts';
import { linearPatterns } from './linear-patterns.ts';

type ParseClaims = NonNullable<Purpose['parseClaims']>;

/** Claims of the largest size take 10 to 20 ms then, whatever they are: no request keeps the others waiting. */
const MAX_STEPS = 256;

/**
 * The parser for the claims of a purpose, from their JSON Schema. Claims that the schema does not declare are
 * refused. Throws an Error that says what is wrong with the schema.
 */
export function compileClaimsSchema(schema: ClaimsSchema): ParseClaims {
  if (schema.type !== 'object') throw new Error('must have "type: object"');
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== false) {
    throw new Error('additionalProperties cannot be allowed: every claim is declared');
  }
  if ('$async' in schema) throw new Error('$async is not supported: claims are checked synchronously');
  const patterns = linearPatterns(schema);
  const ajv = new Ajv2020({
    strict: true,
    allErrors: true,
    allowUnionTypes: true,
    verbose: true,
    messages: false,
    code: { regExp: Object.assign(matcher, { code: 'matcher' }) },
  });
  /** Ajv has patterns of its own, for schemas. */
  function matcher(pattern: string, flags: string) {
    return patterns.get(pattern) ?? new RegExp(pattern, flags);
  }
  const root = { ...schema, additionalProperties: false };
  if (workOf(root, patterns) > MAX_STEPS) throw new Error(TOO_MUCH_WORK);
  const validate = ajv.compile(root);
  return (given) => {
    const claims = projectClaims(given);
    // Ajv compares objects by their constructors, and claims that are projected have none.
    if (validate(JSON.parse(JSON.stringify(claims)))) return { ok: true, claims };
    return { ok: false, problems: claimProblems(validate.errors ?? [], root) };
  };
}

const TOO_MUCH_WORK =
  'checking claims could take too long: too many forms, values or patterns are tried for one claim';
