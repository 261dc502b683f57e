import * as z from 'zod/mini';
import type { BindingKind } from './bindings.ts';

type Members<T> = { readonly [Name in keyof T]: T[Name] };

const text = z.string().check(z.minLength(1));
const bound = z.exactOptional(z.enum(['optional', 'required']));

export const bindShape = {
  /** To a session of your application. */
  session: bound,
  /** To a key that is proved by DPoP. */
  key: bound,
  /** To one request. */
  request: bound,
} satisfies Record<BindingKind, unknown>;

export const linkShape = {
  /** Whether the visitor must type a code. */
  code: z.boolean(),
  /** Whether a mint that does not say gets a link. */
  byDefault: z.boolean(),
  /** Where the visitor goes after redeeming. Of several, a mint names one, and the first is the default. */
  then: z.exactOptional(z.union([text, z.array(text)])),
};

const limitShape = {
  /** How many tokens. */
  count: z.int(),
  /** The length of the window, in seconds. */
  per: z.int(),
};

export const purposeFacts = z.strictObject({
  /** The name of the purpose. */
  purpose: text,
  /** What you may do with its tokens. */
  may: z.array(z.enum(['mint', 'redeem', 'inspect', 'revoke'])).check(z.describe('What you may do.')),
  /** Who its tokens are for: a mint names one, if there are several. */
  audiences: z.array(text),
  /** Seconds. How long a token lives at most, and by default. */
  lifetime: z.int().check(z.describe('Seconds that a token lives at most, and by default.')),
  /** How often a token can be redeemed at most, and by default. */
  uses: z.int(),
  /** How many tokens of one subject can live at a time. */
  live: z.exactOptional(z.int()),
  /** How many tokens of one subject can be minted in each window of so many seconds. */
  limit: z.exactOptional(z.strictObject(limitShape)),
  /** The JSON Schema of the claims, if it is known. */
  claims: z.exactOptional(z.record(z.string(), z.unknown())),
  /** Names of claims that travel encrypted. */
  sealed: z.exactOptional(z.array(text)),
  /** What its tokens may or must be bound to. */
  bind: z.exactOptional(z.strictObject(bindShape)),
  /** Its links, if a person can open its tokens. */
  link: z.exactOptional(z.strictObject(linkShape)),
});

/** What you may do with the tokens of a purpose, and what they are like. */
export interface PurposeFacts extends Members<z.output<typeof purposeFacts>> {}

export const purposeList = z.strictObject({ purposes: z.array(purposeFacts) });
