import { createRequire } from 'node:module';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { projectClaims } from '../token/json-value.ts';
import type { Purpose } from '../token/purpose.ts';
import { claimProblems } from './claim-problems.ts';
import { workOf } from './claims-work.ts';
import type { ClaimsSchema } from './declared-claims.ts';
import { type LinearPattern, linearPatterns } from './linear-patterns.ts';
import { isPlain } from './plain-claims.ts';

type ParseClaims = NonNullable<Purpose['parseClaims']>;

/** Claims of the largest size take 10 to 20 ms then, whatever they are: no request keeps the others waiting. */
const MAX_STEPS = 256;

/** Loads a package where it is first needed, without a turn of the event loop. */
const require = createRequire(import.meta.url);

/**
 * The parser for the claims of a purpose, from their JSON Schema. Claims that the schema does not declare are
 * refused. Throws an Error that says what is wrong with the schema. A plain schema is compiled when it is first needed.
 */
export function compileClaimsSchema(schema: ClaimsSchema): ParseClaims {
  if (schema.type !== 'object') throw new Error('must have "type: object"');
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== false) {
    throw new Error('additionalProperties cannot be allowed: every claim is declared');
  }
  if ('$async' in schema) throw new Error('$async is not supported: claims are checked synchronously');
  const patterns = linearPatterns(schema);
  const root = { ...schema, additionalProperties: false };
  if (workOf(root, patterns) > MAX_STEPS) throw new Error(TOO_MUCH_WORK);
  let validate = isPlain(schema) ? undefined : validatorOf(root, patterns, { meta: true });
  return (given) => {
    const claims = projectClaims(given);
    validate ??= validatorOf(root, patterns, { meta: false });
    // Ajv compares objects by their constructors, and claims that are projected have none.
    if (validate(JSON.parse(JSON.stringify(claims)))) return { ok: true, claims };
    return { ok: false, problems: claimProblems(validate.errors ?? [], root) };
  };
}

/** `meta`: whether the schema is held to the schema of schemas. */
function validatorOf(
  root: ClaimsSchema,
  patterns: ReadonlyMap<string, LinearPattern>,
  { meta }: { readonly meta: boolean },
): ValidateFunction {
  const { Ajv2020 }: typeof import('ajv/dist/2020.js') = require('ajv/dist/2020.js');
  const ajv = new Ajv2020({
    strict: true,
    allErrors: true,
    allowUnionTypes: true,
    verbose: true,
    messages: false,
    // A claim may be named like something that every object has, such as constructor.
    ownProperties: true,
    meta,
    validateSchema: meta,
    code: { regExp: Object.assign(matcher, { code: 'matcher' }) },
  });
  /** Ajv has patterns of its own, for schemas. */
  function matcher(pattern: string, flags: string) {
    return patterns.get(pattern) ?? new RegExp(pattern, flags);
  }
  return ajv.compile(root);
}

const TOO_MUCH_WORK =
  'checking claims could take too long: too many forms, values or patterns are tried for one claim';
