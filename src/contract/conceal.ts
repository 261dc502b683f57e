import type { Minted, Redemption } from './replies.ts';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * Keeps members out of what `console.log` prints, in runtimes that ask an object how to print it. Everything
 * else sees them as before: an answer must still be passed on as JSON.
 */
function conceal<T extends object>(object: T, names: readonly (keyof T & string)[]): T {
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

/** Prints without what redeems it. */
export function concealMinted<M extends Minted>(minted: M): M {
  return conceal(minted, ['token', 'url', 'code']);
}

/** Prints without what opens the object. */
export function concealOpens<R extends Pick<Redemption, 'opens'>>(redemption: R): R {
  if (redemption.opens) conceal(redemption.opens, ['url', 'headers', 'fields']);
  return redemption;
}
