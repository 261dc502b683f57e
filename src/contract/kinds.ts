/** What values are called in problems. */
export const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

/** A number that is not whole is a number all the same: that says nothing. */
export function butIs(expected: string, input: unknown): string {
  return expected === 'int' && Number.isFinite(input) ? '' : `, not ${kindOf(input)}`;
}

function kindOf(input: unknown): string {
  if (input === null) return 'null';
  if (typeof input === 'number' && !Number.isFinite(input)) return String(input);
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'boolean') return String(input);
  return KINDS[typeof input] ?? `a ${typeof input}`;
}

export function amount(origin: string, bound: 'least' | 'most', limit: number): string {
  const number = limit.toLocaleString('en-US');
  if (origin === 'string') return `have at ${bound} ${number} ${limit === 1 ? 'character' : 'characters'}`;
  if (origin === 'array' || origin === 'set') {
    return `have at ${bound} ${number} ${limit === 1 ? 'item' : 'items'}`;
  }
  return `be at ${bound} ${number}`;
}
