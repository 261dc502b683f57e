import type { BindingKind, BindingValues, BindRules } from './bindings.ts';
import type { Minted } from './replies.ts';

/** What the compiler knows of one purpose. `PurposeTypesOf` and `matchstick types` write it for you. */
export interface PurposeTypes {
  /** The claims that a mint takes; `undefined` if the purpose carries none. */
  readonly claims: object | undefined;
  /** The claims that a redemption grants, if a validator changes them. Default: the same as `claims`. */
  readonly granted?: object;
  /** The audiences of the purpose, as a union of string literals. */
  readonly audience: string;
  /** What its tokens may or must be bound to, by kind. A kind that is missing is not allowed. */
  readonly bind: BindRules;
  /** Its links; `undefined` if it has none. Leave it out if you don't know. */
  readonly link?: LinkTypes | undefined;
}

/** What the compiler knows of a purpose's links. */
export interface LinkTypes {
  /** Whether a mint that does not say gets a link. */
  readonly byDefault: boolean;
  /** Whether the visitor must type a code. */
  readonly code: boolean;
  /** Where its links can lead, as a union of string literals: a mint can name one. Leave it out if there is nothing to name. */
  readonly then?: string;
}

/** What the compiler knows of every purpose, by name. */
export type PurposeMap = Readonly<Record<string, PurposeTypes>>;

/** The same members, each shown in the editor with its own words. */
export type Flat<T> = { readonly [Name in keyof T]: T[Name] } & {};

type Having<Name extends string, Value> = { readonly [Each in Name]: Value };

/** A kind whose policy is not known at compile time may be bound or not: the purpose decides when it is minted. */
type RequiredKind<Bind> = {
  [Kind in keyof Bind & BindingKind]-?: [Bind[Kind]] extends ['required'] ? Kind : never;
}[keyof Bind & BindingKind];

type AllowedKind<Bind> = {
  [Kind in keyof Bind & BindingKind]-?: [Bind[Kind]] extends [undefined] ? never : Kind;
}[keyof Bind & BindingKind];

type BindOf<Bind> = Flat<
  Pick<BindingValues, RequiredKind<Bind>> & Partial<Pick<BindingValues, AllowedKind<Bind>>>
>;

interface BindMember<Bind> {
  /** What the token is bound to, so that it is worth nothing to whoever steals it. */
  readonly bind: BindOf<Bind>;
}

type BindOption<Bind> = [AllowedKind<Bind>] extends [never]
  ? { readonly bind?: never }
  : [RequiredKind<Bind>] extends [never]
    ? Partial<BindMember<Bind>>
    : BindMember<Bind>;

interface ClaimsMember<Claims> {
  /** What the token carries, as its purpose declares it. Readable in the token, except for sealed claims. */
  readonly claims: Exclude<Claims, undefined>;
}

/** Claims with no member that is required may be left out. */
type ClaimsOption<Claims> = [Claims] extends [undefined]
  ? { readonly claims?: never }
  : Record<never, never> extends Claims
    ? Partial<ClaimsMember<Claims>>
    : ClaimsMember<Claims>;

type IsUnion<T, Whole = T> = T extends Whole ? ([Whole] extends [T] ? false : true) : never;

interface AudienceMember<Audience extends string> {
  /** Who the token is for: one audience of its purpose. Optional if the purpose has only one. */
  readonly audience: Audience;
}

/** A mint names one of several audiences; if there is only one, it may leave it out. */
export type AudienceOption<Audience extends string> =
  true extends IsUnion<Audience> ? AudienceMember<Audience> : Partial<AudienceMember<Audience>>;

interface PlainOptions {
  /** Whom or what the token is about: 1 to 255 characters of your own, readable in the token. */
  readonly subject: string;
  /** How long the token lives, in seconds. At most, and by default, the `lifetime` of its purpose. */
  readonly expiresIn?: number;
  /** How often the token can be redeemed. At most, and by default, the `uses` of its purpose. */
  readonly uses?: number;
}

/** The options of a mint, without `link`. */
export type TokenOptions<P extends PurposeTypes> = PlainOptions &
  ClaimsOption<P['claims']> &
  BindOption<P['bind']> &
  AudienceOption<P['audience']>;

/** A link that leads to one of the addresses that its purpose has. */
export interface LinkThen<Then extends string = string> {
  /** Exactly one of the addresses, as the purpose has it. */
  readonly then: Then;
}

/** What a mint may say of a link; only `false` for a purpose that is known to have none. */
export type LinkChoice<P extends PurposeTypes> =
  P extends Having<'link', infer Link>
    ? [Link] extends [undefined]
      ? false
      : boolean | ThenChoice<Link>
    : boolean | LinkThen;

type ThenChoice<Link> =
  Link extends Having<'then', infer Then extends string>
    ? LinkThen<Then>
    : 'then' extends keyof Link
      ? LinkThen
      : never;

/** Whether the token gets a link for a person to open. */
export interface LinkOption<Link> {
  /** Whether the token gets a link for a person to open, and where it leads. Default: what its purpose says. */
  readonly link?: Link;
}

/** The options of a mint for one purpose. */
export type MintOptions<P extends PurposeTypes> = Flat<TokenOptions<P> & LinkOption<LinkChoice<P>>>;

/** A token that was minted for this purpose with this `link`: with a `url`, and a `code`, exactly if it has them. */
export type MintedBy<P extends PurposeTypes, Link> =
  P extends Having<'link', infer Known>
    ? [Known] extends [undefined]
      ? Unlinked
      : [Known] extends [LinkTypes]
        ? MintedWith<Known, Link>
        : Minted
    : Minted;

/** `undefined`, or anything that includes it, means: as the purpose says. */
type MintedWith<Known extends LinkTypes, Link> = [Link] extends [true | LinkThen]
  ? Linked<Known['code']>
  : [Link] extends [false]
    ? Unlinked
    : [Link] extends [undefined]
      ? [Known['byDefault']] extends [true]
        ? Linked<Known['code']>
        : [Known['byDefault']] extends [false]
          ? Unlinked
          : Minted
      : Minted;

type Unlinked = Flat<Omit<Minted, 'url' | 'code'>>;

type Linked<Code> = Flat<
  Omit<Minted, 'url' | 'code'> &
    Required<Pick<Minted, 'url'>> &
    ([Code] extends [true]
      ? Required<Pick<Minted, 'code'>>
      : [Code] extends [false]
        ? Record<never, never>
        : Pick<Minted, 'code'>)
>;

/** What a redemption of this purpose grants. */
export type ClaimsOf<P extends PurposeTypes> =
  P extends Having<'granted', infer Granted extends object>
    ? Granted
    : [P['claims']] extends [undefined]
      ? Record<string, never>
      : Exclude<P['claims'], undefined>;
