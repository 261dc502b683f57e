import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { BindRules } from '../contract/bindings.ts';
import type { LinkTypes } from '../contract/purpose-types.ts';

/** Seconds, minutes or hours: `60s`, `15m`, `1h`. */
export type Duration = `${number}${'s' | 'm' | 'h'}`;

/** What a token is for, declared in code. The settings have the names that they have in a configuration file. */
export interface PurposePolicy {
  /** Who the token is for. If you list several, each mint names one. */
  readonly audience: string | readonly string[];
  /** How long a token lives at most, and by default: up to `60m`. */
  readonly lifetime: Duration;
  /** How often a token can be redeemed at most, and by default: 1 to 100. Default 1. */
  readonly uses?: number;
  /** How many tokens of one subject can live at a time: minting another supersedes the oldest. 1 to 100. */
  readonly live?: number;
  /** How many tokens of one subject can be minted in each window. Default: any number. */
  readonly limit?: QuotaPolicy;
  /**
   * What a token carries: any Standard Schema validator that answers synchronously. Its output is signed, and granted
   * by a redemption. Claims are readable in the token, except for those in `sealed`.
   */
  readonly claims?: StandardSchemaV1<object, object>;
  /** Names of claims that travel encrypted. */
  readonly sealed?: readonly string[];
  /** What a token may or must be bound to, so that it is worth nothing to whoever steals it. */
  readonly bind?: BindRules;
  /** Lets a person open its tokens at a page that a service with the same issuer shows. `{}` is enough. */
  readonly link?: LinkPolicy;
  /** What a redemption opens. */
  readonly opens?: OpensPolicy;
}

/** How often something may happen. */
export interface QuotaPolicy {
  /** So many: 1 to 1,000,000. */
  readonly count: number;
  /** In each window of this length: up to `24h`. */
  readonly per: Duration;
}

/** Purposes by name: 1 to 32 of `a-z`, `0-9` and `-`. */
export type PurposePolicies = Readonly<Record<string, PurposePolicy>>;

/** How a person opens the tokens of a purpose. */
export interface LinkPolicy {
  /**
   * The URL where the visitor goes after redeeming, with `?redemption=<id>` added, or a list of which a mint can name one;
   * the first is the default. In the path and in values of the query, `{subject}` and `{claims.<name>}` are filled in from
   * the token.
   */
  readonly then?: string | readonly string[];
  /** Whether the visitor must type a six-digit code that you send another way. Default false. */
  readonly code?: boolean;
  /** Whether a mint that does not say gets a link. Default true. */
  readonly byDefault?: boolean;
}

/** What a redemption opens: one presigned request to one object of a store. */
export interface OpensPolicy {
  /** The request. Texts may contain `{subject}` and `{claims.<name>}`, which are filled in from the token. */
  readonly s3: S3Opening;
}

/** A presigned request to one object of a store. */
export interface S3Opening {
  /** The name of one of the `stores`. */
  readonly store: string;
  /** `get` downloads, `put` and `post` upload. Default `get`. */
  readonly operation?: 'get' | 'put' | 'post';
  /** The key of the object, with `{subject}` and `{claims.<name>}` from the token. */
  readonly key: string;
  /** For `get`: the file name that the browser saves. Default: the last part of the key. */
  readonly filename?: string;
  /** For `get`: the type that the object is served as. For `put` and `post`: the type that must be sent. */
  readonly contentType?: string;
  /** For `put`: the exact size in bytes. */
  readonly contentLength?: number | string;
  /** For `post`: the largest size in bytes. */
  readonly maxLength?: number | string;
  /** For `put`: the SHA-256 of the body, in base64. */
  readonly checksumSha256?: string;
  /** For `put`: the MD5 of the body, in base64. */
  readonly contentMd5?: string;
  /** How long the URL lives. Default `60s`; at most the store's `maxExpiresIn`. */
  readonly for?: Duration;
}

/** What the compiler knows of declared purposes: `Matchstick` and `createClient` take it as their type parameter. */
export type PurposeTypesOf<P extends PurposePolicies> = {
  readonly [Name in keyof P]: {
    /** The claims that a mint takes. */
    readonly claims: ClaimsTaken<P[Name]>;
    /** The claims that a redemption grants. */
    readonly granted: ClaimsGranted<P[Name]>;
    /** The audiences. */
    readonly audience: AudienceOf<P[Name]['audience']>;
    /** The kinds of binding. */
    readonly bind: BindOf<P[Name]>;
    /** The links. */
    readonly link: LinkOf<P[Name]>;
  };
};

/** Limits `sealed` to the names of the claims. */
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

type BindOf<P> = P extends { readonly bind: infer Bind extends BindRules } ? Bind : Record<never, never>;

type LinkOf<P> = P extends { readonly link: infer Link extends LinkPolicy }
  ? {
      readonly byDefault: Flag<Link, 'byDefault', true>;
      readonly code: Flag<Link, 'code', false>;
    } & ThenOf<Link>
  : 'link' extends keyof P
    ? LinkTypes | undefined
    : undefined;

/** Where links can lead, as far as it is known. */
type ThenOf<Link> = Link extends { readonly then: infer Then extends string | readonly string[] }
  ? { readonly then: Then extends readonly string[] ? Then[number] : Then }
  : Record<never, never>;

/** The value of a switch, as far as it is known. */
type Flag<Link, Name extends string, Default extends boolean> = Name extends keyof Link
  ? Link[Name] extends boolean
    ? Link[Name]
    : boolean
  : Default;
