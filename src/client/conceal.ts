const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * Keeps members out of what `console.log` prints, in runtimes that ask an object how to print it. Everything
 * else sees them as before: an answer must still be passed on as JSON.
 */
export function conceal<T extends object>(object: T, names: readonly (keyof T & string)[]): T {
  const shown = () => {
    const hidden = names.filter((name) => object[name] !== undefined).map((name) => [name, '[concealed]']);
    return { ...object, ...Object.fromEntries(hidden) };
  };
  return Object.defineProperty(object, INSPECT, { value: shown });
}

/** Prints as these words. */
export function printAs<T extends object>(object: T, words: string): T {
  return Object.defineProperty(object, INSPECT, { value: () => words });
}
