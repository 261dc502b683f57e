/**
 * What every backend calls, be it in process (`createMatchstick`) or over HTTP (`matchstick/client`): the same
 * functions, the same answers, the same errors. Refusals throw a MatchstickError with its code.
 */

import type { RequestFacts } from './bindings.ts';
import type {
  ClaimsOf,
  Flat,
  LinkChoice,
  LinkOption,
  MintedBy,
  PurposeMap,
  PurposeTypes,
  TokenOptions,
} from './purpose-types.ts';
import type { Inspected, Redemption, Revoked, Settled } from './replies.ts';

export type { RequestFacts } from './bindings.ts';
export type {
  ClaimsOf,
  LinkTypes,
  MintedBy,
  MintOptions,
  PurposeMap,
  PurposeTypes,
} from './purpose-types.ts';
export type { Inspected, Minted, Opens, Redemption, Revoked, Settled } from './replies.ts';

export interface RedeemOptions<P extends PurposeTypes> {
  readonly audience?: P['audience'];
  /** What is shown of the call, for a token that is bound. */
  readonly proof?: Proof;
  /** Seconds to hold the use instead of burning it, at most 300. */
  readonly hold?: number;
  /**
   * Names this try: asked again under the same name, it gets the same answer. Draw it once per try of a user
   * and keep it for retries. Absent: one is drawn.
   */
  readonly attempt?: string | undefined;
}

export interface Proof {
  readonly session?: string | undefined;
  /** The DPoP header that was received (RFC 9449); `request` goes with it. */
  readonly dpop?: string | undefined;
  readonly request?: RequestFacts | undefined;
}

export type RevokeTarget =
  | { readonly token: string }
  | { readonly jti: string }
  | { readonly subject: string; readonly purpose?: string };

export interface Matchstick<P extends PurposeMap = PurposeMap> {
  /** Never there at run time: it is what the compiler finds P by, where one is handed to a function. */
  readonly '~purposes'?: () => P;
  mint<Name extends keyof P & string, Link extends LinkChoice<P[Name]> | undefined = undefined>(
    purpose: Name,
    options: Flat<TokenOptions<P[Name]>> & LinkOption<Link>,
  ): Promise<MintedBy<P[Name], Link>>;
  /** 1 to 1,000 tokens, in order; all or none. */
  mintMany<Name extends keyof P & string, Link extends LinkChoice<P[Name]> | undefined = undefined>(
    purpose: Name,
    options: readonly (Flat<TokenOptions<P[Name]>> & LinkOption<Link>)[],
  ): Promise<readonly MintedBy<P[Name], Link>[]>;
  /** Verifies, then burns, then tells what the token grants: to one attempt, ever. */
  redeem<Name extends keyof P & string>(
    token: string,
    purpose: Name,
    options?: Flat<RedeemOptions<P[Name]>>,
  ): Promise<Redemption<ClaimsOf<P[Name]>>>;
  /**
   * Holds the token, runs the handler, burns the token; gives it back when the handler throws, and throws
   * what it threw. When the process dies in between, the hold becomes burned: a handler never runs twice.
   */
  use<Name extends keyof P & string, Result>(
    token: string,
    purpose: Name,
    handler: (redemption: Redemption<ClaimsOf<P[Name]>>) => Promise<Result> | Result,
    options?: Flat<Omit<RedeemOptions<P[Name]>, 'attempt'>>,
  ): Promise<Result>;
  /** Ends a hold: burned for good. */
  commit(redemptionId: string): Promise<Settled>;
  /** Ends a hold: given back. */
  release(redemptionId: string): Promise<Settled>;
  /** What a visitor redeemed at a link, once per attempt. */
  collect(redemptionId: string, options?: { readonly attempt?: string }): Promise<Redemption>;
  /** Never burns. */
  inspect(token: string | { readonly jti: string }): Promise<Inspected>;
  revoke(target: RevokeTarget): Promise<Revoked>;
}
