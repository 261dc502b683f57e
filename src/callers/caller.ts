import { hash } from 'node:crypto';
import { CALLER_KEY } from '../contract/limits.ts';
import { MatchstickError } from '../errors.ts';
import type { Quota } from '../limits/limit.ts';
import type { PurposeScope } from './scope.ts';

/** A backend with a key, and what it may do. */
export interface Caller {
  readonly name: string;
  /** Hex SHA-256 of each key it may use: two while it changes keys. */
  readonly keySha256: readonly string[];
  /** Purposes that it may mint and redeem. */
  readonly mint: Names;
  readonly redeem: Names;
  /** The audiences that it is: it redeems and collects only tokens for these. Absent: it says in each request. */
  readonly audiences?: ReadonlySet<string>;
  readonly inspect: PurposeScope;
  readonly revoke: PurposeScope;
  /** Stores for which it may have URLs signed. */
  readonly s3: Names;
  /** How many calls it may make. Absent: any number. */
  readonly limit?: Quota;
  /** What it may do as an operator: read events and keys, and change keys. */
  readonly operator?: Operator;
  /** Unix milliseconds: from then on its keys are refused. Absent: never. */
  readonly expiresAtMs?: number;
  readonly isDisabled?: boolean;
}

/** Whether an operator may only look, or change things as well. */
export type Operator = 'view' | 'manage';

/** Names of purposes or stores. A `ReadonlySet` is one. */
export interface Names {
  has(name: string): boolean;
  readonly size: number;
}

const EVERYTHING: Names = { has: () => true, size: Number.POSITIVE_INFINITY };

/** A caller that may do everything, such as the application in its own process. */
export function callerWithEveryRight(name: string, keySha256: readonly string[] = []): Caller {
  return {
    name,
    keySha256,
    mint: EVERYTHING,
    redeem: EVERYTHING,
    inspect: true,
    revoke: true,
    s3: EVERYTHING,
    operator: 'manage',
  };
}

export type Authenticate = (authorization: string | undefined) => Caller;

const BEARER = /^Bearer +(\S+)$/i;
const NO_KEY = /^(?:Bearer)? *$/i;

const HOW_TO_SEND = 'Send your caller key as "Authorization: Bearer <key>".';

/**
 * Finds the caller of an `Authorization` header (RFC 6750 section 2.1), or throws `caller_unknown`: also for a caller
 * that is disabled, or that has expired by `nowMs`, which is asked at every request.
 * The key is hashed and the digest looked up: what a comparison could leak by its timing is a part of
 * a digest, from which no key can be made.
 */
export function authenticator(callers: readonly Caller[], nowMs: () => number): Authenticate {
  const byDigest = new Map(callers.flatMap((caller) => caller.keySha256.map((digest) => [digest, caller])));
  return (authorization) => {
    const key = keyIn(authorization);
    const caller = CALLER_KEY.test(key) ? byDigest.get(callerKeyDigest(key)) : undefined;
    if (!caller) throw new MatchstickError('caller_unknown', 'The caller key is not known here.');
    if (caller.isDisabled) throw new MatchstickError('caller_unknown', 'The caller is disabled.');
    if (caller.expiresAtMs !== undefined && nowMs() >= caller.expiresAtMs) {
      throw new MatchstickError('caller_unknown', 'The caller key has expired.');
    }
    return caller;
  };
}

/** The key of an `Authorization` header. Throws `caller_unknown`, which says how to send one and quotes nothing. */
function keyIn(authorization: string | undefined): string {
  if (authorization === undefined) throw new MatchstickError('caller_unknown', HOW_TO_SEND);
  const [, key] = BEARER.exec(authorization) ?? [];
  if (key !== undefined) return key;
  const wrong = NO_KEY.test(authorization) ? 'has no key' : 'is not "Bearer" and one key';
  throw new MatchstickError('caller_unknown', `The Authorization header ${wrong}. ${HOW_TO_SEND}`);
}

export function callerKeyDigest(key: string): string {
  return hash('sha256', key, 'hex');
}
