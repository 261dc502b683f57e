/** The value of the environment's variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * The same tree with every `${NAME}` in a string replaced by that variable. A string that names a
 * variable that is not set, or is empty, counts as absent, and so does a map left with nothing in it.
 */
export function substituteEnvironment(value: unknown, environment: Environment): unknown {
  if (typeof value === 'string') return substituteText(value, environment);
  if (Array.isArray(value)) {
    return value.map((item) => substituteEnvironment(item, environment)).filter((item) => item !== undefined);
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value)
    .map(([name, member]) => [name, substituteEnvironment(member, environment)] as const)
    .filter(([, member]) => member !== undefined);
  return Object.fromEntries(members);
}

/**
 * The variables that are not set, or empty, by the path of the setting that names them; those in the items of a list by
 * that of the list.
 */
export function unsetVariables(
  value: unknown,
  environment: Environment,
): ReadonlyMap<string, readonly string[]> {
  const unset = new Map<string, readonly string[]>();
  const visit = (each: unknown, path: readonly string[]): void => {
    if (typeof each === 'string') {
      const names = unsetIn(each, environment);
      const at = path.join('.');
      if (names.length > 0) unset.set(at, [...new Set([...(unset.get(at) ?? []), ...names])]);
    } else if (Array.isArray(each)) for (const item of each) visit(item, path);
    else if (typeof each === 'object' && each !== null) {
      for (const [name, member] of Object.entries(each)) visit(member, [...path, name]);
    }
  };
  visit(value, []);
  return unset;
}

function substituteText(text: string, environment: Environment): string | undefined {
  if (unsetIn(text, environment).length > 0) return undefined;
  return text.replace(REFERENCE, (_, name: string) => environment[name] ?? '');
}

function unsetIn(text: string, environment: Environment): readonly string[] {
  return [...text.matchAll(REFERENCE)].map(([, name = '']) => name).filter((name) => !environment[name]);
}
