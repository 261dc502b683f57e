import type { BindRules } from '../contract/bindings.ts';
import type { InputProblem } from '../errors.ts';
import type { Destination } from './destination.ts';
import type { JsonObject } from './json-value.ts';

/** What a token is for, with its policy. */
export interface Purpose {
  readonly name: string;
  /** A mint names one of them; with a single one it may leave it out. Never empty. */
  readonly audiences: readonly string[];
  /** The longest a token may live, and how long it lives when the mint does not say. */
  readonly lifetimeSeconds: number;
  /** How often its tokens may be redeemed at most, and by default. Absent: once. */
  readonly uses?: number;
  /** How many tokens of one subject may live at a time: minting another supersedes the oldest. Absent: any number. */
  readonly live?: number;
  /** How many tokens of one subject may be minted in each window. Absent: any number. */
  readonly limit?: { readonly count: number; readonly perSeconds: number };
  /** What its tokens may be bound to, and what they must be. Absent: nothing. */
  readonly bind?: { readonly [Kind in keyof BindRules]: BindRules[Kind] | undefined };
  /** Names of claims that travel encrypted. */
  readonly sealed?: ReadonlySet<string>;
  /** Its tokens can be opened by a person. Absent: they have no links. */
  readonly link?: PurposeLink;
  /**
   * What a token carries of a mint's claims, or everything that is wrong with them; throws UnfitJsonError for
   * what no token can carry. Absent: the purpose carries no claims.
   */
  readonly parseClaims?: (given: unknown) => ParsedClaims;
}

export type ParsedClaims =
  | { readonly ok: true; readonly claims: JsonObject }
  | { readonly ok: false; readonly problems: readonly InputProblem[] };

/** How a person meets the tokens of a purpose. */
export interface PurposeLink {
  /**
   * Where the visitor goes after redeeming, with `?redemption=<id>`: where the mint says, or to the first. Absent: to what
   * it opens, if anything.
   */
  readonly then?: readonly [Destination, ...Destination[]];
  /** Whether a code that was sent another way must be typed. */
  readonly asksCode: boolean;
  /** Whether a mint that does not say gets a link. */
  readonly byDefault: boolean;
}

export type Purposes = ReadonlyMap<string, Purpose>;
