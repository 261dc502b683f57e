import { expect } from 'chai';
import type { Matchstick } from '../../../src/contract/matchstick.ts';
import { type ErrorCode, MatchstickError } from '../../../src/errors.ts';
import type { OpenMatchstick } from '../matchstick.contract.ts';

/** The same functions for a caller without types: what the compiler would refuse must be refused all the same. */
export function untyped({ matchstick }: OpenMatchstick): Matchstick {
  return matchstick as unknown as Matchstick;
}

/** Holds a promise to a refusal with this code, and gives the error. */
export async function expectRefusal(code: ErrorCode, refused: Promise<unknown>): Promise<MatchstickError> {
  const error = await refused.then(
    (answer: unknown) => new Error(`it answered ${JSON.stringify(answer)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof MatchstickError)) throw error;
  expect(error.code, error.message).to.equal(code);
  expect(error.message).to.match(/\.$/);
  return error;
}

/** The same for bad input, whose problems must be at these paths, in any order. */
export async function expectBadInput(paths: readonly string[], refused: Promise<unknown>): Promise<void> {
  const { extras, message } = await expectRefusal('request_invalid', refused);
  const found = (extras.errors ?? []).map(({ path }) => path);
  expect(found.sort(), message).to.deep.equal([...paths].sort());
}

export const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
