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

function substituteText(text: string, environment: Environment): string | undefined {
  const missing = [...text.matchAll(REFERENCE)].some(([, name]) => !environment[name ?? '']);
  return missing ? undefined : text.replace(REFERENCE, (_, name: string) => environment[name] ?? '');
}
