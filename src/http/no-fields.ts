import { z } from 'zod';
import { requestInvalid } from '../errors.ts';
import { parseBy } from '../input-problems.ts';
import type { Route } from './route.ts';

const noFields = z.strictObject({});

/** Whether a call has no fields, and yet a method with which some programs always send a body. */
export function mayHaveEmptyBody({
  method,
  body,
  needsCaller,
}: Pick<Route, 'method' | 'body' | 'needsCaller'>) {
  return method === 'POST' && needsCaller && !body;
}

/** Throws `request_invalid` for any fields: those that nobody reads were meant for another call. */
export function refuseFields(body: unknown): void {
  const parsed = parseBy(noFields, body);
  if (!parsed.ok) throw requestInvalid(parsed.problems);
}
