import type { Inspected, Minted, Opens, Redemption, Revoked, Settled } from '../contract/matchstick.ts';

/** Whether an answer is what the caller will take it for. Members of later versions are let through. */
type Check = (value: unknown) => boolean;
type Guard<T> = (value: unknown) => value is T;
type Checks<T> = { readonly [Name in keyof T]-?: Check };

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const text: Check = (value) => typeof value === 'string' && value !== '';
const time: Check = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
const count: Check = (value) => Number.isInteger(value) && Number(value) >= 0;
const flag: Check = (value) => typeof value === 'boolean';
const texts: Check = (value) =>
  isObject(value) && Object.values(value).every((member) => typeof member === 'string');
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const oneOf =
  (...words: readonly unknown[]): Check =>
  (value) =>
    words.includes(value);

function shape<T>(checks: Checks<T>): Guard<T> {
  const members = Object.entries<Check>(checks);
  return (value): value is T => isObject(value) && members.every(([name, check]) => check(value[name]));
}

const isOpens = shape<Opens>({
  url: text,
  method: oneOf('GET', 'PUT', 'POST'),
  headers: maybe(texts),
  fields: maybe(texts),
  expiresAt: time,
});

export const isMinted = shape<Minted>({
  token: text,
  jti: text,
  purpose: text,
  subject: text,
  audience: text,
  issuedAt: time,
  expiresAt: time,
  url: maybe(text),
  code: maybe(text),
});

/** Its claims are of the type that the caller says: their purpose's schema has checked them at mint. */
export function isRedemption<Claims>(value: unknown): value is Redemption<Claims> {
  return isAnyRedemption(value);
}

const isAnyRedemption = shape<Redemption>({
  redemptionId: text,
  state: oneOf('burned', 'held'),
  jti: text,
  purpose: text,
  subject: text,
  audience: text,
  claims: isObject,
  redeemedAt: time,
  heldUntil: maybe(time),
  usesLeft: count,
  opens: maybe(isOpens),
});

export const isSettled = shape<Settled>({
  redemptionId: text,
  state: oneOf('burned', 'released'),
  jti: text,
  redeemedAt: maybe(time),
  releasedAt: maybe(time),
});

export const isInspected = shape<Inspected>({
  active: flag,
  state: oneOf('live', 'held', 'burned', 'expired', 'revoked', 'superseded', 'void', 'invalid'),
  reason: maybe(text),
  jti: maybe(text),
  purpose: maybe(text),
  subject: maybe(text),
  audience: maybe(text),
  issuedAt: maybe(time),
  expiresAt: maybe(time),
  usesLeft: maybe(count),
  heldUntil: maybe(time),
  redeemedAt: maybe(time),
  redeemedBy: maybe(text),
});

export const isRevoked = shape<Revoked>({
  revoked: oneOf(true),
  epoch: maybe(text),
  elsewhere: maybe(oneOf(true)),
  warning: maybe(text),
  state: oneOf('revoked', 'burned', 'expired', 'superseded', 'void'),
  jti: maybe(text),
  subject: maybe(text),
  purpose: maybe(text),
  redeemedAt: maybe(time),
});
