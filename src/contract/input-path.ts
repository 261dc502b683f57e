import { fragmentPointer, type InputProblem, type ListedProblem, listed } from '../errors.ts';

/** A name is repeated to the sender only if it looks like one: anything may stand in a field's place. */
const SHOWABLE_NAME = /^[\w.-]{1,40}$/;

/** A dotted path to show: a part that does not look like a name may be anything, and is not repeated. */
export function showablePath(parts: readonly PropertyKey[]): string {
  return parts.map(showable).join('.');
}

/** The same as a JSON Pointer, as problem details have it (RFC 9457 section 3). */
export function pointerTo(parts: readonly PropertyKey[]): string {
  return fragmentPointer(parts.map(showable));
}

/** A problem with a part of an input, as a problem with the whole: `parts` lead to the part. */
export function problemWithin(parts: readonly PropertyKey[], problem: InputProblem): ListedProblem {
  const { path, pointer, message } = listed(problem);
  const outer = showablePath(parts);
  return {
    path: path === '' ? outer : `${outer}.${path}`,
    pointer: `${pointerTo(parts)}${pointer.slice(1)}`,
    message,
  };
}

export function showable(name: PropertyKey): string {
  return SHOWABLE_NAME.test(String(name)) ? String(name) : '(unnamed)';
}
