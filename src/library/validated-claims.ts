import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import { pointerTo, showable, showablePath } from '../contract/input-path.ts';
import { type InputProblem, MAX_LISTED_PROBLEMS } from '../errors.ts';
import { didYouMean } from '../input-problems.ts';
import { type ClaimsSchema, declaredNames } from '../settings/declared-claims.ts';
import type { ClaimsKind } from '../settings/purposes.ts';
import { MAX_JSON_DEPTH, projectClaims } from '../token/json-value.ts';
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
  if (result.issues) {
    const issues = result.issues.slice(0, MAX_LISTED_PROBLEMS + 1);
    const quotable = quotedIn(given);
    return { ok: false, problems: issues.flatMap((issue) => problemsOf(issue, validator, quotable)) };
  }
  return { ok: true, claims: projectClaims(plainData(result.value)) };
}

function problemsOf(
  issue: StandardSchemaV1.Issue,
  validator: Validator,
  quotable: readonly string[],
): readonly InputProblem[] {
  const path = ['claims', ...(issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part))];
  const undeclared = undeclaredOf(issue);
  if (undeclared.length === 0) return [problemAt(path, withoutQuotes(issue.message, quotable))];
  const declared = path.length > 1 ? [] : declaredNames(jsonSchemaOf(validator) ?? {});
  return undeclared.map((name) =>
    problemAt([...path, name], `is not declared by the purpose${didYouMean(name, declared)}`),
  );
}

function problemAt(parts: readonly PropertyKey[], message: string): InputProblem {
  return { path: showablePath(parts), pointer: pointerTo(parts), message };
}

/** Zod tells of undeclared members at the object that has them, and names them beside its message. */
function undeclaredOf(issue: StandardSchemaV1.Issue): readonly string[] {
  if (!('code' in issue && issue.code === 'unrecognized_keys' && 'keys' in issue)) return [];
  const keys: readonly unknown[] = Array.isArray(issue.keys) ? issue.keys : [];
  return keys.filter((key) => typeof key === 'string').slice(0, MAX_LISTED_PROBLEMS);
}

/** What a message could quote of claims: every text, and every name that does not look like one. */
function quotedIn(claims: unknown, depth = 1): readonly string[] {
  if (typeof claims === 'string') return claims === '' ? [] : [claims];
  if (typeof claims !== 'object' || claims === null || depth > MAX_JSON_DEPTH) return [];
  return Object.entries(claims).flatMap(([name, value]) => [
    ...(showable(name) === name ? [] : [name]),
    ...quotedIn(value, depth + 1),
  ]);
}

/** Some validators quote what they were given, which may be a secret. */
function withoutQuotes(message: string, quotable: readonly string[]): string {
  if (!/["'`]/.test(message)) return message;
  const quotes = quotable.flatMap((text) => [JSON.stringify(text), `"${text}"`, `'${text}'`, `\`${text}\``]);
  return quotes.reduce((told, quote) => told.replaceAll(quote, '"…"'), message);
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
