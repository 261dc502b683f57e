import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { BindingKind } from '../contract/bindings.ts';

/** Seconds, minutes or hours: `60s`, `15m`. */
export type Duration = `${number}${'s' | 'm' | 'h'}`;

/** What a token is for, declared in code. The same words as `purposes` in a configuration file. */
export interface PurposePolicy {
  /** Who the token is for; of several, the mint names one. */
  readonly audience: string | readonly string[];
  /** How long a token lives at most, and by default. At most 60m. */
  readonly lifetime: Duration;
  /** How often a token may be redeemed at most, and by default: 1 to 100. Default 1. */
  readonly uses?: number;
  /** How many tokens of one subject may live: minting another supersedes the oldest. 1 to 100. */
  readonly live?: number;
  /**
   * What a token carries: any Standard Schema validator that answers at once. What it makes of the claims of a
   * mint is signed, and granted. Readable in the token, except for what is sealed.
   */
  readonly claims?: StandardSchemaV1<object, object>;
  /** Names of claims that travel encrypted. */
  readonly sealed?: readonly string[];
  /** What a token may or must be bound to, so that it is worth nothing to whoever steals it. */
  readonly bind?: { readonly [Kind in BindingKind]?: 'optional' | 'required' };
  /** Its tokens can be opened by a person, at a page that a service with this issuer shows. `{}` is enough. */
  readonly link?: LinkPolicy;
  /** What a redemption opens. */
  readonly opens?: OpensPolicy;
}

export type PurposePolicies = Readonly<Record<string, PurposePolicy>>;

export interface LinkPolicy {
  /** Where the visitor goes after redeeming, with `?redemption=<id>`. */
  readonly then?: string;
  /** Whether a six-digit code that was sent another way must be typed. */
  readonly code?: boolean;
  /** Whether a mint that does not say gets a link. Default true. */
  readonly byDefault?: boolean;
}

/** A presigned request to one object of a store. */
export interface OpensPolicy {
  readonly s3: {
    /** One of the stores. */
    readonly store: string;
    readonly operation?: 'get' | 'put' | 'post';
    /** Of the object, with `{subject}` and `{claims.<name>}` from the token. */
    readonly key: string;
    /** get: what the download is saved as. */
    readonly filename?: string;
    readonly contentType?: string;
    /** put: octets, exactly. */
    readonly contentLength?: number | string;
    /** post: octets, at most. */
    readonly maxLength?: number | string;
    readonly checksumSha256?: string;
    readonly contentMd5?: string;
    /** How long the URL lives. */
    readonly for?: Duration;
  };
}

/** What of the declared purposes is known at compile time: what `Matchstick` is typed by. */
export type PurposeTypesOf<P extends PurposePolicies> = {
  readonly [Name in keyof P]: {
    readonly claims: ClaimsTaken<P[Name]>;
    readonly granted: ClaimsGranted<P[Name]>;
    readonly audience: AudienceOf<P[Name]['audience']>;
    readonly bind: BindOf<P[Name]>;
  };
};

/** Holds `sealed` to the names of the claims. */
export type SealingDeclared<P extends PurposePolicies> = {
  readonly [Name in keyof P]: { readonly sealed?: readonly (keyof ClaimsGranted<P[Name]> & string)[] };
};

type ClaimsTaken<P> = P extends { readonly claims: StandardSchemaV1<infer Input extends object, object> }
  ? Input
  : undefined;

type ClaimsGranted<P> = P extends { readonly claims: StandardSchemaV1<object, infer Output extends object> }
  ? Output
  : Record<string, never>;

type AudienceOf<A> = A extends readonly (infer One extends string)[] ? One : A extends string ? A : never;

type BindOf<P> = P extends { readonly bind: infer Bind extends NonNullable<PurposePolicy['bind']> }
  ? Bind
  : Record<never, never>;
