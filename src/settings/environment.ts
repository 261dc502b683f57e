import type { InputProblem } from '../errors.ts';

/** The value of the environment's variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A tree with the variables in it read. */
export interface ReadTree {
  readonly tree: unknown;
  /** Each variable that has to be set and is not, and each reference in a form that is not understood. */
  readonly problems: readonly InputProblem[];
  /** The variables whose values were put in, by the path of the setting. */
  readonly used: ReadonlyMap<string, readonly string[]>;
  /** The variables that are not set, and need not be, by the path of the setting that they leave out. */
  readonly leftOut: ReadonlyMap<string, readonly string[]>;
}

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;
/** What a shell would understand, and what would be taken for a plain text here. */
const OTHER_FORM =
  /\$\{[A-Za-z_][A-Za-z0-9_]*(?!:-)[:?+=#%/^,@!-][^}]*\}|\$\{[A-Za-z_][A-Za-z0-9_]*:-[^}]*\$\{/;
const OTHER_FORM_PROBLEM = `has a reference that is not understood: write \${NAME}, \${NAME:-} or \${NAME:-default}`;

/**
 * The same tree with every `${NAME}` in a text replaced by that variable, and `${NAME:-default}` by the default if the
 * variable is not set or is empty. A text of which nothing is left, such as an unset `${NAME:-}`, is left out, and so is
 * a text whose variable has to be set.
 */
export function readVariables(value: unknown, environment: Environment): ReadTree {
  const problems: InputProblem[] = [];
  const used = new Map<string, readonly string[]>();
  const leftOut = new Map<string, readonly string[]>();

  function read(each: unknown, path: readonly (string | number)[]): unknown {
    if (typeof each === 'string') return readText(each, path);
    if (Array.isArray(each)) {
      const items: unknown[] = [];
      for (const item of each) {
        const kept = read(item, [...path, items.length]);
        if (kept !== undefined) items.push(kept);
      }
      return items;
    }
    if (typeof each !== 'object' || each === null) return each;
    const members = Object.entries(each)
      .map(([name, member]) => [name, read(member, [...path, name])] as const)
      .filter(([, member]) => member !== undefined);
    return Object.fromEntries(members);
  }

  function readText(text: string, parts: readonly (string | number)[]): string | undefined {
    const path = parts.join('.');
    const references = [...text.matchAll(REFERENCE)].map(([, name = '', fallback]) => ({ name, fallback }));
    if (OTHER_FORM.test(text)) {
      problems.push({ path, message: OTHER_FORM_PROBLEM });
      return undefined;
    }
    if (references.length === 0) return text;
    const unset = references.filter(({ name }) => !environment[name]);
    const missing = namesOf(unset.filter(({ fallback }) => fallback === undefined));
    if (missing.length > 0) {
      problems.push({ path, message: notSet(missing) });
      return undefined;
    }
    const filled = text.replace(
      REFERENCE,
      (_, name: string, fallback?: string) => environment[name] || (fallback ?? ''),
    );
    if (filled === '') {
      // What a list leaves out has no place of its own in it.
      const owner = parts.filter((part) => typeof part === 'string').join('.');
      leftOut.set(owner, [...new Set([...(leftOut.get(owner) ?? []), ...namesOf(unset)])]);
      return undefined;
    }
    const given = namesOf(references.filter(({ name }) => environment[name]));
    if (given.length > 0) used.set(path, given);
    return filled;
  }

  const tree = read(value, []);
  return { tree, problems, used, leftOut };
}

function namesOf(references: readonly { readonly name: string }[]): readonly string[] {
  return [...new Set(references.map(({ name }) => name))];
}

function notSet(names: readonly string[]): string {
  const [first] = names;
  const are = names.length === 1 ? 'is not set, or is empty: set it' : 'are not set, or are empty: set them';
  const otherwise = `or write \${${first}:-default}; \${${first}:-} leaves the setting out`;
  return `${names.join(' and ')} ${are} in the environment, ${otherwise}`;
}
