import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { MAX_LISTED_PROBLEMS } from '../errors.ts';
import { projectClaims } from '../token/json-value.ts';
import type { Purpose } from '../token/purpose.ts';
import { claimProblem } from './claim-problem.ts';
import type { ClaimsSchema } from './declared-claims.ts';
import { LINEAR_PATTERNS, patternProblem } from './linear-patterns.ts';

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
  const unusable = patternProblem(schema);
  if (unusable !== undefined) throw new Error(unusable);
  const ajv = new Ajv2020({
    strict: true,
    allErrors: true,
    allowUnionTypes: true,
    verbose: true,
    code: { regExp: LINEAR_PATTERNS },
  });
  const validate = ajv.compile({ ...schema, additionalProperties: false });
  return (given) => {
    const claims = projectClaims(given);
    // Ajv compares objects by their constructors, which projected ones do not have.
    if (validate(JSON.parse(JSON.stringify(claims)))) return { ok: true, claims };
    const errors = withoutBranches(validate.errors ?? []).slice(0, MAX_LISTED_PROBLEMS);
    return { ok: false, problems: errors.map(claimProblem) };
  };
}

/** What is wrong with each form of several says less than that none of them fits. */
function withoutBranches(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = errors.filter(({ keyword }) => ['anyOf', 'oneOf', 'if', 'not'].includes(keyword));
  return errors.filter(
    ({ schemaPath }) => !choices.some((choice) => schemaPath.startsWith(`${choice.schemaPath}/`)),
  );
}
