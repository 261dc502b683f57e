/** What a token can be bound to. */
export const BINDINGS = ['session', 'key', 'request'] as const;
export type BindingKind = (typeof BINDINGS)[number];

/** Whether tokens may or must be bound, for each kind of binding. A kind that is missing is not allowed. */
export type BindRules = { readonly [Kind in BindingKind]?: 'optional' | 'required' };

/** One HTTP request. */
export interface RequestFacts {
  /** The method in capitals, such as `POST`. */
  readonly method: string;
  /** The absolute URL, with its query. */
  readonly url: string;
  /** The `Content-Digest` of the body (RFC 9530). */
  readonly contentDigest?: string | undefined;
  /** The `Content-Type` of the body. It is bound with the digest. Default: `application/json`. */
  readonly contentType?: string | undefined;
}

interface EveryValue {
  /** A session id of your own. Only a salted digest of it gets into the token. */
  readonly session: string;
  /** The RFC 7638 thumbprint of the key that must be proved. */
  readonly key: string;
  /** The one request that the token authorizes. */
  readonly request: RequestFacts;
}

/** What a mint binds a token to, by kind. */
export type BindingValues = Pick<EveryValue, BindingKind>;
