import * as z from 'zod/mini';
import { ERROR_CODES } from '../errors.ts';

/**
 * What each call answers, once: the service's replies, the library's results, the client's checks and the OpenAPI
 * document are all made of these schemas. They are of zod/mini, so that the client stays small.
 */

/** The members of a schema's output, each shown in the editor with its own words. */
type Members<T> = { readonly [Name in keyof T]: T[Name] };

const text = z.string().check(z.minLength(1));
const timestamp = z.iso.datetime().check(z.describe('RFC 3339, UTC.'));
const count = z.int().check(z.nonnegative());
const texts = z.record(z.string(), z.string());

export const openedRequest = z.strictObject({
  /** Anybody who has it may use it, as often as they like, until it expires. */
  url: text.check(z.describe('Anyone who has it can use it, any number of times, until it expires.')),
  /** The method of the request. */
  method: z.enum(['GET', 'PUT', 'POST']),
  /** PUT: headers to send exactly as they are. */
  headers: z.exactOptional(texts.check(z.describe('PUT: headers to send exactly as they are.'))),
  /** POST: form fields to send before the file. */
  fields: z.exactOptional(texts.check(z.describe('POST: form fields to send before the file.'))),
  /** RFC 3339. When the request stops working. */
  expiresAt: timestamp,
});

/** A request that may be made any number of times until it expires. */
export interface Opens extends Members<z.output<typeof openedRequest>> {}

export const minted = z.strictObject({
  /** The capability token: a JWS in compact serialization. */
  token: text.check(z.describe('A capability token: a JWS in compact serialization.')),
  /** The RFC 7519 `jti` of the token. */
  jti: text.check(z.describe('The RFC 7519 jti of a token.')),
  /** The purpose of the token. */
  purpose: text,
  /** Whom or what the token is about. */
  subject: text,
  /** The one audience that the token is for. */
  audience: text,
  /** RFC 3339. */
  issuedAt: timestamp,
  /** RFC 3339. From then on the token cannot be redeemed. */
  expiresAt: timestamp,
  /** A token with a link: the URL that a person opens. */
  url: z.exactOptional(text.check(z.describe('For a token with a link: the URL that a person opens.'))),
  /** A link with a code: the six digits that the person types. Send them another way than the link. */
  code: z.exactOptional(
    text.check(z.describe('The six digits that the person types. Send them separately from the link.')),
  ),
});

/** A token that was minted. `url` and `code` are there if the token has a link, and the link a code. */
export interface Minted extends Members<z.output<typeof minted>> {}

export const redemption = z.strictObject({
  /** Names this redemption. Only its caller can use it. */
  redemptionId: text.check(z.describe('Names this redemption. Only its caller can use it.')),
  /** `held` only if the redemption asked for a hold. */
  state: z.enum(['burned', 'held']),
  /** The RFC 7519 `jti` of the token. */
  jti: text,
  /** The purpose of the token. */
  purpose: text,
  /** Whom or what the token is about. */
  subject: text,
  /** The audience of the token. */
  audience: text,
  /** What the token carries, sealed claims included. */
  claims: z
    .record(z.string(), z.unknown())
    .check(z.describe('What the token carries, sealed claims included.')),
  /** RFC 3339. When this use was taken. */
  redeemedAt: timestamp,
  /** RFC 3339. When a hold becomes burned by itself. */
  heldUntil: z.exactOptional(timestamp.check(z.describe('When a hold becomes burned by itself.'))),
  /** How often the token can still be redeemed. */
  usesLeft: count,
  /** A purpose that opens something: the request to make. */
  opens: z.exactOptional(openedRequest.check(z.describe('The request that the redemption opens.'))),
});

/** What a redemption grants. */
export interface Redemption<Claims = object> extends Members<Omit<z.output<typeof redemption>, 'claims'>> {
  /** What the token carries, sealed claims included. */
  readonly claims: Claims;
}

export const settled = z.strictObject({
  /** The redemption whose hold has ended. */
  redemptionId: text,
  /** `burned` after a commit, `released` after a release. */
  state: z.enum(['burned', 'released']),
  /** The RFC 7519 `jti` of the token. */
  jti: text,
  /** RFC 3339. When the use was burned. */
  redeemedAt: z.exactOptional(timestamp.check(z.describe('When the use was burned.'))),
  /** RFC 3339. When the use was given back. */
  releasedAt: z.exactOptional(timestamp.check(z.describe('When the use was given back.'))),
});

/** How a hold ended. */
export interface Settled extends Members<z.output<typeof settled>> {}

export const inspected = z.strictObject({
  /** Whether the token could be redeemed now. */
  active: z.boolean().check(z.describe('Whether the token could be redeemed now.')),
  /** `live` can be redeemed now; `invalid` is not a token of this service. */
  state: z.enum(['live', 'held', 'burned', 'expired', 'revoked', 'superseded', 'void', 'invalid']),
  /** An invalid token: what is wrong with it. */
  reason: z.exactOptional(text.check(z.describe('For an invalid token: what is wrong with it.'))),
  /** The RFC 7519 `jti` of the token. */
  jti: z.exactOptional(text),
  /** The purpose of the token. */
  purpose: z.exactOptional(text),
  /** Whom or what the token is about. */
  subject: z.exactOptional(text),
  /** The audience of the token. */
  audience: z.exactOptional(text),
  /** RFC 3339. */
  issuedAt: z.exactOptional(timestamp),
  /** RFC 3339. */
  expiresAt: z.exactOptional(timestamp),
  /** A live token: how often it can still be redeemed. */
  usesLeft: z.exactOptional(
    count.check(z.describe('For a live token: how many times it can still be redeemed.')),
  ),
  /** RFC 3339. A held token: when the hold becomes burned by itself. */
  heldUntil: z.exactOptional(timestamp.check(z.describe('When a hold becomes burned by itself.'))),
  /** RFC 3339. A burned token: when its last use was taken. */
  redeemedAt: z.exactOptional(timestamp.check(z.describe('When the last use was taken.'))),
  /** A burned token: the caller that took its last use. */
  redeemedBy: z.exactOptional(text.check(z.describe('The caller that took the last use.'))),
});

/** The state of a token. */
export interface Inspected extends Members<z.output<typeof inspected>> {}

export const revoked = z.strictObject({
  /** Nothing that was named can be redeemed in the memory that `epoch` names. */
  revoked: z.literal(true).check(z.describe('It can no longer be redeemed in the memory that epoch names.')),
  /** Why it cannot: by this revocation, or because of what happened before. */
  state: z.enum(['revoked', 'burned', 'expired', 'superseded', 'void']),
  /** The epoch of the ledger's memory that recorded this. */
  epoch: text.check(z.describe("The ledger's living epoch, which recorded this.")),
  /** Present if named tokens may belong to another memory: Redis was restarted, failed over or split. */
  elsewhere: z.exactOptional(
    z.literal(true).check(z.describe('Present if named tokens may belong to another memory.')),
  ),
  /** With `elsewhere`: what that means, for a person. */
  warning: z.exactOptional(text.check(z.describe('With elsewhere: what that means.'))),
  /** The `jti` that you named. */
  jti: z.exactOptional(text),
  /** The subject that you named. */
  subject: z.exactOptional(text),
  /** The purpose that you named. */
  purpose: z.exactOptional(text),
  /** RFC 3339. A token that was burned before: when its last use was taken. */
  redeemedAt: z.exactOptional(timestamp.check(z.describe('When the token was burned, if it was.'))),
});

/** What a revocation did. */
export interface Revoked extends Members<z.output<typeof revoked>> {}

export const inputProblem = z.strictObject({
  path: z.string().check(z.describe('Where: a dotted path, empty for the whole request.')),
  pointer: text.check(z.describe('The same as a JSON Pointer in a URI fragment (RFC 6901).')),
  message: text,
});

export const problemDetails = z.strictObject({
  type: text.check(z.describe('A URN that ends with the code.')),
  title: text,
  status: z.int(),
  detail: text.check(z.describe('What is wrong, and what to do.')),
  code: z.enum(ERROR_CODES),
  errors: z.exactOptional(
    z.array(inputProblem).check(z.minLength(1), z.describe('request_invalid: every problem.')),
  ),
  redeemedAt: z.exactOptional(timestamp.check(z.describe('token_burned: when it was redeemed.'))),
  heldUntil: z.exactOptional(timestamp.check(z.describe('token_held: when the hold ends by itself.'))),
  limit: z.exactOptional(text.check(z.describe('rate_limited: which limit.'))),
});

/** A refusal over HTTP: RFC 9457 problem details. */
export interface ProblemDetails extends Members<z.output<typeof problemDetails>> {}
