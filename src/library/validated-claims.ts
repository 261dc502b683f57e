import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import { pointerTo, showablePath } from '../contract/input-path.ts';
import { type InputProblem, MAX_LISTED_PROBLEMS } from '../errors.ts';
import type { ClaimsSchema } from '../settings/declared-claims.ts';
import type { ClaimsKind } from '../settings/purposes.ts';
import { projectClaims } from '../token/json-value.ts';
import type { ParsedClaims } from '../token/purpose.ts';
import { plainData } from './plain-data.ts';

type Validator = StandardSchemaV1;

/** Claims that are declared by a Standard Schema validator: what it makes of them is what a token carries. */
export const VALIDATED_CLAIMS: ClaimsKind<Validator> = {
  parserOf: (validator) => (given) => validate(validator, given),
  schemaOf: jsonSchemaOf,
};

export function isValidator(value: unknown): value is Validator {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  if (!('~standard' in value)) return false;
  const standard = value['~standard'];
  return (
    typeof standard === 'object' &&
    standard !== null &&
    'validate' in standard &&
    typeof standard.validate === 'function'
  );
}

/** Throws a TypeError when the validator does not answer at once. */
function validate(validator: Validator, given: unknown): ParsedClaims {
  const result = validator['~standard'].validate(given);
  if (result instanceof Promise) {
    // Nobody waits for it, and its failure must not end the process.
    result.catch(() => {});
    throw new TypeError('The validator of these claims is asynchronous: claims are checked at once.');
  }
  if (result.issues)
    return { ok: false, problems: result.issues.slice(0, MAX_LISTED_PROBLEMS).map(asProblem) };
  return { ok: true, claims: projectClaims(plainData(result.value)) };
}

function asProblem({ message, path = [] }: StandardSchemaV1.Issue): InputProblem {
  const parts = path.map((part) => (typeof part === 'object' ? part.key : part));
  return { path: showablePath(['claims', ...parts]), pointer: pointerTo(['claims', ...parts]), message };
}

/** What the validator tells of its output, where it can (Standard JSON Schema). */
function jsonSchemaOf(validator: Validator): ClaimsSchema | undefined {
  const standard: StandardSchemaV1.Props & Partial<Pick<StandardJSONSchemaV1.Props, 'jsonSchema'>> =
    validator['~standard'];
  try {
    return standard.jsonSchema?.output({ target: 'draft-2020-12' });
  } catch {
    // It tells by an exception that it has no such schema.
    return undefined;
  }
}
