import { distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { type InputProblem, MAX_LISTED_PROBLEMS } from './errors.ts';

/** A name is repeated to the sender only if it looks like one: anything may stand in a field's place. */
const SHOWABLE_NAME = /^[\w.-]{1,40}$/;

/** A path to show: a part that does not look like a name may be anything, and is not repeated. */
export function showablePath(parts: readonly PropertyKey[]): string {
  return dotted(parts.map(showable));
}

/** What a schema found wrong, the first problem at each dotted path, with the near miss of an unknown name. */
export function inputProblems(
  error: z.ZodError,
  knownNames: readonly string[] = [],
): readonly InputProblem[] {
  const told = new Set<string>();
  return error.issues.flatMap((issue) => {
    const path = dotted(issue.path);
    if (issue.code !== 'unrecognized_keys') {
      if (told.has(path)) return [];
      told.add(path);
      return [{ path, message: sentence(issue) }];
    }
    return issue.keys.slice(0, MAX_LISTED_PROBLEMS).map((name) => ({
      path: dotted([...issue.path, showable(name)]),
      message: `is not known here${didYouMean(name, knownNames)}`,
    }));
  });
}

const namesBySchema = new WeakMap<z.ZodObject, readonly string[]>();

/** Every name that a schema knows, at any depth; worked out once for each. */
export function namesIn(schema: z.ZodObject): readonly string[] {
  const names = namesBySchema.get(schema) ?? collectNames(schema);
  namesBySchema.set(schema, names);
  return names;
}

function collectNames(schema: z.ZodObject): readonly string[] {
  const names = new Set<string>();
  const visit = (json: unknown): void => {
    if (typeof json !== 'object' || json === null) return;
    if ('properties' in json && typeof json.properties === 'object' && json.properties !== null) {
      for (const name of Object.keys(json.properties)) names.add(name);
    }
    for (const member of Object.values(json)) visit(member);
  };
  visit(schema.toJSONSchema({ io: 'input', unrepresentable: 'any' }));
  return [...names];
}

/** " (did you mean …?)" when one of the candidates is a slip of the pen away, else nothing. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const nearest = candidates
    .map((candidate) => ({ candidate, slips: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.slips - b.slips)[0];
  if (!nearest || nearest.slips > Math.max(1, Math.floor(nearest.candidate.length / 3))) return '';
  return ` (did you mean ${nearest.candidate}?)`;
}

function dotted(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

function showable(name: PropertyKey): string {
  return SHOWABLE_NAME.test(String(name)) ? String(name) : '(unnamed)';
}

function sentence(issue: z.core.$ZodIssue): string {
  const message = (issue.code === 'invalid_key' && issue.issues[0]?.message) || issue.message;
  if (message.endsWith('received undefined')) return 'is required';
  return message.replace(/^Invalid input: /, '').replace(/^Too (big|small): /, '');
}
