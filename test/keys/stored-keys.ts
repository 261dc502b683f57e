import { inspect } from 'node:util';
import { generateKey } from '../../src/keys/generate-key.ts';
import type { Algorithm } from '../../src/token/key.ts';

/** A key as a key file holds it, with whatever is put in place of its members. */
export type StoredMembers = Readonly<Record<string, unknown>>;

export const CREATED_MS = Date.UTC(2027, 0, 15, 8);

export function storedKey(algorithm: Algorithm, createdMs = CREATED_MS): Promise<StoredMembers> {
  return generateKey(algorithm, createdMs);
}

/** The same key without its private part. */
export function publicOnly(key: StoredMembers): StoredMembers {
  return { ...key, d: undefined };
}

export function ringText(...keys: readonly unknown[]): string {
  return JSON.stringify({ keys });
}

/** What a promise was rejected with. Throws when it was not. */
export async function rejectionOf(promise: Promise<unknown>): Promise<Error> {
  const failure: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof Error)) throw new Error('the promise was not rejected with an Error');
  return failure;
}

/** Everything that a logger could print of an error. */
export function printed(error: Error): string {
  const causes = error.cause instanceof Error ? printed(error.cause) : '';
  const everything = inspect(error, { depth: Infinity, showHidden: true, maxStringLength: null });
  return [everything, JSON.stringify(error), error.stack, causes].join('\n');
}

/** Every member name in a JSON-like value, at any depth. */
export function namesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [name, ...namesIn(member)]);
}
