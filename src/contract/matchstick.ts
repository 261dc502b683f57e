/**
 * What every backend calls, in process (`createMatchstick`) or over HTTP (`createClient`): the same functions, the same
 * answers, the same errors.
 */

import type { RequestFacts } from './bindings.ts';
import type { PurposeFacts } from './purpose-facts.ts';
import type {
  ClaimsOf,
  Flat,
  LinkChoice,
  LinkOption,
  MintedBy,
  MintOptions,
  PurposeMap,
  PurposeTypes,
} from './purpose-types.ts';
import type { Inspected, Redemption, Revoked, Settled } from './replies.ts';

export type { RequestFacts } from './bindings.ts';
export type { PurposeFacts } from './purpose-facts.ts';
export type {
  ClaimsOf,
  LinkThen,
  LinkTypes,
  MintedBy,
  MintOptions,
  PurposeMap,
  PurposeTypes,
} from './purpose-types.ts';
export type { Inspected, Minted, Opens, Redemption, Revoked, Settled } from './replies.ts';

/** How to redeem a token of one purpose. */
export interface RedeemOptions<P extends PurposeTypes> {
  /** The audience that you are. Required if the purpose has more than one, unless your caller has its own. */
  readonly audience?: P['audience'];
  /**
   * What you received with the token, if it is bound. The parts to which it is not bound are ignored, but a DPoP proof
   * that is shown must be valid.
   */
  readonly proof?: Proof;
  /** Holds the use for so many seconds (1 to 300) instead of burning it: commit or release it in that time. */
  readonly hold?: number;
  /**
   * Names this attempt: the same attempt gets the same answer again, nobody else does. Draw one random text per try of
   * a user, keep it for retries, and keep it secret. Default: a new one for each call.
   */
  readonly attempt?: string | undefined;
}

/** What you received with a token that is bound. */
export interface Proof {
  /** The session id of the request, for a token bound to a session. */
  readonly session?: string | undefined;
  /** The `DPoP` header of the request (RFC 9449), for a token bound to a key. Send `request` with it. */
  readonly dpop?: string | undefined;
  /** The request itself, for a token bound to a request or to a key. */
  readonly request?: RequestFacts | undefined;
}

/** What to revoke: one token, by itself or by its `jti`, or every token that a subject has now. */
export type RevokeTarget =
  | {
      /** The token. */
      readonly token: string;
    }
  | {
      /** The RFC 7519 `jti` of the token. */
      readonly jti: string;
    }
  | {
      /** The subject whose tokens to revoke. */
      readonly subject: string;
      /** Only the tokens of this purpose. */
      readonly purpose?: string;
    };

/**
 * Mints, redeems, inspects and revokes single-use tokens. Every function may reject with a `MatchstickError`;
 * `ledger_unavailable` means that there was no answer, which you treat as a refusal. `rate_limited` is a refusal for now:
 * `extras.limit` says which limit it was, and `extras.retryAfterSeconds` when to try again.
 */
export interface Matchstick<P extends PurposeMap = PurposeMap> {
  /** Does not exist at run time: the compiler finds `P` by it. */
  readonly '~purposes'?: () => P;

  /**
   * Mints a token for one purpose. Writes nothing to the ledger, unless the token gets a link or the purpose limits how
   * many tokens of a subject can live.
   *
   * @param purpose - The name of a configured purpose.
   * @param options - Whom the token is about, and what else its purpose lets you choose.
   * @returns The token, and with a link the `url` to send to a person.
   * @throws MatchstickError `request_invalid` for options that the purpose does not allow, `caller_forbidden` if you may
   * not mint this purpose, `rate_limited` after too many mints for this subject, `ledger_unavailable` if the ledger gave
   * no answer.
   * @example
   * const { url } = await matchstick.mint('password-reset', { subject: 'user-42' });
   */
  mint<Name extends keyof P & string, Link extends LinkChoice<P[Name]> | undefined = undefined>(
    purpose: Name,
    options: MintOptions<P[Name]> & LinkOption<Link>,
  ): Promise<MintedBy<P[Name], Link>>;

  /**
   * Mints 1 to 1,000 tokens of one purpose: all of them or none.
   *
   * @param purpose - The name of a configured purpose.
   * @param options - The options of each token, as `mint` takes them.
   * @returns The tokens, in the order of the options.
   * @throws MatchstickError As `mint`; the problems of `request_invalid` name the index, such as `tokens.3.subject`.
   * @example
   * const minted = await matchstick.mintMany('invite', guests.map((subject) => ({ subject })));
   */
  mintMany<Name extends keyof P & string, Link extends LinkChoice<P[Name]> | undefined = undefined>(
    purpose: Name,
    options: readonly (MintOptions<P[Name]> & LinkOption<Link>)[],
  ): Promise<readonly MintedBy<P[Name], Link>[]>;

  /**
   * Verifies a token, burns it, and resolves to what it grants. Of all attempts that ever try, only one gets the grant
   * (or as many as the token has uses). A refused call burns nothing.
   *
   * @param token - The token, as you received it.
   * @param purpose - What you redeem it for; a token of another purpose is refused.
   * @param options - Your audience, the proof of a bound token, a hold, and the name of this attempt.
   * @returns What the token grants. With `hold`, the state is `held` and nothing is opened yet.
   * @throws MatchstickError `token_invalid`, `token_expired`, `token_burned`, `token_held`, `token_revoked`,
   * `token_superseded`, `token_void`, `purpose_mismatch`, `audience_mismatch`, `binding_mismatch`: do nothing for this
   * request. `ledger_unavailable`: the token may or may not be burned, and only the error's `attempt` may ask again.
   * @example
   * const { subject, claims } = await matchstick.redeem(token, 'file-download');
   */
  redeem<Name extends keyof P & string>(
    token: string,
    purpose: Name,
    options?: Flat<RedeemOptions<P[Name]>>,
  ): Promise<Redemption<ClaimsOf<P[Name]>>>;

  /**
   * Holds a token, runs your handler, then burns the token. If the handler throws, the token is released and the error
   * passes through. If the process dies in between, the hold is burned at its deadline: a handler never runs twice.
   *
   * @param token - The token, as you received it.
   * @param purpose - What you redeem it for.
   * @param handler - Does what the token allows. Its result is the result of `use`.
   * @param options - As `redeem` takes them, without `attempt`. `hold` is the time that the handler has: 60 seconds
   * unless you say otherwise.
   * @returns What the handler returned.
   * @throws MatchstickError As `redeem`, before the handler runs; afterwards only what the handler throws.
   * @example
   * await matchstick.use(token, 'password-reset', ({ subject }) => savePassword(subject, password));
   */
  use<Name extends keyof P & string, Result>(
    token: string,
    purpose: Name,
    handler: (redemption: Redemption<ClaimsOf<P[Name]>>) => Promise<Result> | Result,
    options?: Flat<Omit<RedeemOptions<P[Name]>, 'attempt'>>,
  ): Promise<Result>;

  /**
   * Burns a held use for good. You may repeat the call. Only the caller that holds can commit.
   *
   * @param redemptionId - The `redemptionId` that redeeming with `hold` gave you.
   * @returns When it was burned.
   * @throws MatchstickError `not_found` for a hold that is not yours, `request_invalid` for one that was released,
   * `token_void` if its epoch ended, `ledger_unavailable`.
   * @example
   * await matchstick.commit(redemption.redemptionId);
   */
  commit(redemptionId: string): Promise<Settled>;

  /**
   * Gives a held use back: the token works again, for another attempt. You may repeat the call.
   *
   * @param redemptionId - The `redemptionId` that redeeming with `hold` gave you.
   * @returns When it was given back.
   * @throws MatchstickError `token_burned` if the hold was committed or its deadline has passed, `not_found` for a hold
   * that is not yours, `token_void` if its epoch ended, `ledger_unavailable`.
   * @example
   * await matchstick.release(redemption.redemptionId);
   */
  release(redemptionId: string): Promise<Settled>;

  /**
   * Collects what a visitor redeemed at a link: the id comes with the visitor, as `?redemption=<id>`. It can be
   * collected once, so check the visitor's form first.
   *
   * @param redemptionId - The id from the query.
   * @param options - `attempt` names this attempt: the same attempt gets the same answer again. Default: a new one.
   * @returns What redeeming would have answered.
   * @throws MatchstickError `token_burned` if it was collected before, `not_found` for any other id, `token_void` if its
   * epoch ended, `ledger_unavailable`.
   * @example
   * const { subject } = await matchstick.collect(request.query.redemption);
   */
  collect(
    redemptionId: string,
    options?: {
      /** Names this attempt: the same attempt gets the same answer again. */
      readonly attempt?: string;
    },
  ): Promise<Redemption>;

  /**
   * Tells the state of a token. Never burns it.
   *
   * @param token - The token, or its `jti`; by `jti` alone, what only the token says is missing from the answer.
   * @returns The state. A token that is not one of this service is `invalid`, with a `reason`.
   * @throws MatchstickError `not_found` for a `jti` that this service does not write, `caller_forbidden`,
   * `ledger_unavailable`.
   * @example
   * const { state, redeemedAt } = await matchstick.inspect(token);
   */
  inspect(
    token:
      | string
      | {
          /** The RFC 7519 `jti` of the token. */
          readonly jti: string;
        },
  ): Promise<Inspected>;

  /**
   * Revokes one token, or every token that a subject has now. You may repeat the call; tokens that are minted later
   * work.
   *
   * @param target - A token, a `jti`, or a subject with or without a purpose.
   * @returns What was revoked, and `elsewhere: true` if tokens of an earlier epoch may still be redeemable at a Redis
   * server that is cut off.
   * @throws MatchstickError `token_invalid`, `not_found`, `caller_forbidden`, `ledger_unavailable`.
   * @example
   * await matchstick.revoke({ subject: 'user-42', purpose: 'password-reset' });
   */
  revoke(target: RevokeTarget): Promise<Revoked>;

  /**
   * Tells what you may do, by purpose: lifetimes, audiences, claims, bindings and links.
   *
   * @returns Every purpose for which you may do something, in the order of the configuration.
   * @throws MatchstickError `caller_unknown` for a key that the service does not know.
   * @example
   * for (const { purpose, may, lifetime } of await matchstick.purposes()) console.log(purpose, may, lifetime);
   */
  purposes(): Promise<readonly PurposeFacts[]>;
}
