/** What a token can be bound to. */
export const BINDINGS = ['session', 'key', 'request'] as const;
export type BindingKind = (typeof BINDINGS)[number];

/** Of a purpose: what its tokens may be bound to, and what they must be. */
export type BindPolicy = { readonly [Kind in BindingKind]?: 'optional' | 'required' | undefined };

/** One HTTP request. */
export interface RequestFacts {
  readonly method: string;
  /** Absolute, with its query. */
  readonly url: string;
  /** The `Content-Digest` field (RFC 9530). */
  readonly contentDigest?: string | undefined;
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
