import type { Opens } from '../contract/replies.ts';
import type { InputProblem, MatchstickError } from '../errors.ts';
import type { JsonObject } from '../token/json-value.ts';

/** What of a token decides what it opens. */
export interface OpeningToken {
  readonly subject: string;
  readonly claims: JsonObject;
}

/** Opens what a purpose's tokens are for. A port: the purposes of a deployment say what is behind it. */
export interface Opener {
  /** Scheme, host and port of every URL that it opens. */
  readonly origin: string;
  /** Why such a token could open nothing, by claim; empty when it can. Asked before it is minted. */
  problems(token: OpeningToken): readonly InputProblem[];
  /** Makes ready. Rejects when nothing could be opened now, which is asked before a token is burned. */
  ready(): Promise<Open>;
}

/**
 * Opens for a token that was redeemed at `redeemedAtMs`. The time of the opening counts from then, so asked
 * again it is the same opening.
 */
export type Open = (token: OpeningToken, redeemedAtMs: number) => Promise<Opens>;

/** By purpose. */
export type Openers = ReadonlyMap<string, Opener>;

export const STORE_OPERATIONS = ['get', 'put', 'post'] as const;
export type StoreOperation = (typeof STORE_OPERATIONS)[number];

/** What a request to a store of objects may settle beforehand. Not every field fits every operation. */
export interface RequestTerms {
  /** What a download is saved as. Absent: what comes after the last slash of the key. */
  readonly filename?: string | undefined;
  /** A media type. */
  readonly contentType?: string | undefined;
  /** Octets, exactly. */
  readonly contentLength?: number | undefined;
  /** Octets, at most. */
  readonly maxLength?: number | undefined;
  /** SHA-256 of the body, in base64. */
  readonly checksumSha256?: string | undefined;
  /** MD5 of the body, in base64: RFC 1864. */
  readonly contentMd5?: string | undefined;
}

/** Asks for one request to one object, without any token. */
export interface SignRequest extends RequestTerms {
  readonly store: string;
  readonly operation: StoreOperation;
  readonly key: string;
  /** Seconds. Absent: a minute, or less where the store allows less. */
  readonly expiresIn?: number | undefined;
}

/** Signs requests to the stores of a deployment. A port. */
export interface UrlSigner {
  readonly stores: ReadonlySet<string>;
  /**
   * The request, signed as of `atMs`, or `request_invalid` with everything that is wrong with it. Throws `internal`
   * if the store's credentials cannot be found.
   */
  sign(request: SignRequest, atMs: number): Promise<Opens | MatchstickError>;
}
