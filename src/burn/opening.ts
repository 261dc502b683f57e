import type { InputProblem } from '../errors.ts';
import type { JsonObject } from '../token/json-value.ts';

/** What a redemption opens: a request that whoever has it may make, as often as they like, until it expires. */
export interface Opening {
  readonly url: string;
  readonly method: 'GET' | 'PUT' | 'POST';
  /** Must be sent exactly so. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The form fields of a POST, to be sent before the file. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly expiresAtMs: number;
}

/** What of a token decides what it opens. */
export interface OpeningToken {
  readonly subject: string;
  readonly claims: JsonObject;
}

/** Opens what a purpose's tokens are for. A port: the purposes of a deployment say what is behind it. */
export interface Opener {
  /** Why such a token could open nothing, by claim; empty when it can. Asked before it is minted. */
  problems(token: OpeningToken): readonly InputProblem[];
  /** Makes ready. Rejects when nothing could be opened now, which is asked before a token is burned. */
  ready(): Promise<Open>;
}

/**
 * Opens for a token that was redeemed at `redeemedAtMs`. The time of the opening counts from then, so asked
 * again it is the same opening.
 */
export type Open = (token: OpeningToken, redeemedAtMs: number) => Promise<Opening>;

/** By purpose. */
export type Openers = ReadonlyMap<string, Opener>;
