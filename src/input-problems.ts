import { distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import type { InputProblem } from './errors.ts';

/** A name is repeated to the sender only if it looks like one: anything may stand in a field's place. */
const SHOWABLE_NAME = /^[\w.-]{1,40}$/;

/** Everything that a schema found wrong, by dotted path, with the near miss of an unknown name. */
export function inputProblems(
  error: z.ZodError,
  knownNames: readonly string[] = [],
): readonly InputProblem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: dotted(issue.path), message: sentence(issue) }];
    return issue.keys.map((name) => ({
      path: dotted([...issue.path, SHOWABLE_NAME.test(name) ? name : '(unnamed)']),
      message: `is not known here${didYouMean(name, knownNames)}`,
    }));
  });
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

function sentence({ message }: { readonly message: string }): string {
  if (message.endsWith('received undefined')) return 'is required';
  return message.replace(/^Invalid input: /, '').replace(/^Too (big|small): /, '');
}
