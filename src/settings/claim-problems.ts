import type { ErrorObject } from 'ajv/dist/2020.js';
import { pointerTo, showablePath } from '../contract/input-path.ts';
import { type InputProblem, MAX_LISTED_PROBLEMS } from '../errors.ts';
import { claimMessage } from './claim-message.ts';
import { reachableFrom } from './subschemas.ts';

/**
 * What ajv found wrong with claims, as this service tells it: each problem at the claim that it is about, in plain
 * words. One more than are listed tells that there are more. `root` is the schema of the claims.
 */
export function claimProblems(errors: readonly ErrorObject[], root: unknown): readonly InputProblem[] {
  const problems = new Map<string, InputProblem>();
  for (const error of withoutParts(errors, root)) {
    const problem = claimProblem(error);
    problems.set(`${problem.pointer} ${problem.message}`, problem);
    if (problems.size > MAX_LISTED_PROBLEMS) break;
  }
  return [...problems.values()];
}

function claimProblem(error: ErrorObject): InputProblem {
  const inside = error.instancePath.split('/').slice(1).map(unescaped);
  const parts = ['claims', ...inside, ...memberOf(error)];
  return { path: showablePath(parts), pointer: pointerTo(parts), message: claimMessage(error) };
}

/** The member that is missing, or too much. */
function memberOf({ params }: ErrorObject): readonly string[] {
  const { additionalProperty, unevaluatedProperty, missingProperty, propertyName } = params;
  const name: unknown = additionalProperty ?? unevaluatedProperty ?? missingProperty ?? propertyName;
  return typeof name === 'string' ? [name] : [];
}

/** Keywords that fail because schemas under them do: ajv tells what is wrong with each of those first. */
const WHOLES: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'contains', 'propertyNames']);
const VALUES: ReadonlySet<string> = new Set(['enum', 'const']);

/**
 * What is wrong with each of several forms says less than that none of them fits. That something must be text says
 * less than which texts it can be.
 */
function withoutParts(errors: readonly ErrorObject[], root: unknown): readonly ErrorObject[] {
  const partsOf = new Map<unknown, ReadonlySet<unknown>>();
  const kept: ErrorObject[] = [];
  let whole: ErrorObject | undefined;
  for (const error of errors.toReversed()) {
    // What the branch of an `if` says has more to tell.
    if (error.keyword === 'if' || (whole && isPart(error, whole, partsOf.get(whole.schema)))) continue;
    if (WHOLES.has(error.keyword) && !partsOf.has(error.schema)) {
      partsOf.set(error.schema, reachableFrom([error.schema].flat(), root));
    }
    kept.push(error);
    whole = error;
  }
  return kept.reverse();
}

/** Whether an error that came before another is only a part of that: of the same value, or of one inside. */
function isPart(before: ErrorObject, whole: ErrorObject, parts: ReadonlySet<unknown> | undefined): boolean {
  if (parts?.has(before.parentSchema)) return isWithin(before.instancePath, whole.instancePath);
  const isOfSame = before.instancePath === whole.instancePath && before.parentSchema === whole.parentSchema;
  return isOfSame && before.keyword === 'type' && VALUES.has(whole.keyword);
}

function isWithin(path: string, outer: string): boolean {
  return path.startsWith(outer) && (path.length === outer.length || path[outer.length] === '/');
}

/** A name in a JSON Pointer (RFC 6901 section 4). */
function unescaped(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~');
}
