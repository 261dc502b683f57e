import type * as z from 'zod/mini';
import type {
  Inspected,
  Minted,
  PurposeFacts,
  Redemption,
  Revoked,
  Settled,
} from '../contract/matchstick.ts';
import {
  readInspected,
  readMinted,
  readPurposes,
  readRedemption,
  readRevoked,
  readSettled,
} from '../contract/read.ts';

/** Whether an answer is what the caller will take it for. Members of later versions are let through. */
type Guard<T> = (value: unknown) => value is T;

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fits<T>(schema: z.ZodMiniType<T>): Guard<T> {
  return (value): value is T => schema.safeParse(value).success;
}

export const isMinted: Guard<Minted> = fits(readMinted);
export const isSettled: Guard<Settled> = fits(readSettled);
export const isInspected: Guard<Inspected> = fits(readInspected);
export const isRevoked: Guard<Revoked> = fits(readRevoked);
export const isPurposeList: Guard<{ readonly purposes: readonly PurposeFacts[] }> = fits(readPurposes);

const isAnyRedemption: Guard<Redemption> = fits(readRedemption);

/** Its claims are of the type that the caller says: the schema of their purpose checked them at mint. */
export function isRedemption<Claims>(value: unknown): value is Redemption<Claims> {
  return isAnyRedemption(value);
}
