import * as z from 'zod/mini';
import { readInspected, readRedemption } from '../contract/read.ts';
import type { Inspected, Redemption } from '../contract/replies.ts';
import { type ErrorCode, MatchstickError } from '../errors.ts';

/** A live token behind a link that somebody opened. Nothing is redeemed yet. */
export interface OpenedLink {
  /** The token, for the form whose POST redeems it. */
  readonly token: string;
  /** The RFC 7519 `jti` of the token. */
  readonly jti: string;
  /** The purpose of the token. */
  readonly purpose: string;
  /** Whom or what the token is about. */
  readonly subject: string;
  /** The audience of the token. */
  readonly audience: string;
  /** RFC 3339. When the token expires. */
  readonly expiresAt: string;
  /** How often the token can still be redeemed. */
  readonly usesLeft: number;
}

export interface Expected {
  readonly purpose: string;
  readonly audience: string | undefined;
  readonly state: Redemption['state'];
}

/** The members that are known, and no others. */
const knownRedemption = z.object(readRedemption.shape);
const knownInspection = z.object(readInspected.shape);

/**
 * The named members of a redemption that is what was asked for, and no others. Throws `internal` for anything else:
 * whatever `redeem` is, it may let nobody through with a capability for something else. Throws `token_burned` for a
 * hold that was over before it was heard of: the token is burned, and nothing may be done for it.
 */
export function expectRedemption<Claims>(
  given: Redemption<Claims>,
  { purpose, audience, state }: Expected,
): Redemption<Claims> {
  const parsed = knownRedemption.safeParse(withoutUndefined(given));
  if (!parsed.success) throw unexpected('redemption');
  const { data } = parsed;
  if (data.purpose !== purpose || (audience !== undefined && data.audience !== audience)) {
    throw unexpected('redemption');
  }
  if (state === 'held' && data.state === 'burned') {
    const { redeemedAt } = data;
    throw new MatchstickError('token_burned', 'The hold was over before its handler could run.', {
      redeemedAt,
    });
  }
  if (data.state !== state) throw unexpected('redemption');
  return Object.freeze({ ...data, claims: given.claims });
}

/** The refusal of each state in which a token cannot be redeemed. */
const REFUSALS: Readonly<Record<Exclude<Inspected['state'], 'live'>, readonly [ErrorCode, string]>> = {
  held: ['token_held', 'The token is held by another attempt.'],
  burned: ['token_burned', 'The token was redeemed before.'],
  expired: ['token_expired', 'The token has expired.'],
  revoked: ['token_revoked', 'The token was revoked.'],
  superseded: ['token_superseded', 'A newer token replaced this one.'],
  void: ['token_void', 'The ledger lost the memory in which the token was minted: ask for a new token.'],
  invalid: ['token_invalid', 'The token is refused.'],
};

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** The link to a token that could be redeemed now. Throws the refusal of any other. */
export function expectLink(
  token: string,
  given: Inspected,
  { purpose, audience }: Omit<Expected, 'state'>,
): OpenedLink {
  const parsed = knownInspection.safeParse(withoutUndefined(given));
  if (!parsed.success) throw unexpected('inspection');
  const { active, state, jti, subject, audience: intended, expiresAt, usesLeft, ...times } = parsed.data;
  if (state !== 'live') {
    const { redeemedAt, heldUntil } = times;
    throw new MatchstickError(...REFUSALS[state], {
      ...(redeemedAt === undefined ? {} : { redeemedAt }),
      ...(heldUntil === undefined ? {} : { heldUntil }),
    });
  }
  if (times.purpose !== purpose) {
    throw new MatchstickError('purpose_mismatch', 'The token was minted for another purpose.');
  }
  if (audience !== undefined && intended !== audience) {
    throw new MatchstickError('audience_mismatch', 'The token was minted for another audience.');
  }
  if (!active || !jti || !subject || !intended || !expiresAt || usesLeft === undefined) {
    throw unexpected('inspection');
  }
  const shown = { jti, purpose, subject, audience: intended, expiresAt, usesLeft };
  // What a console prints of it has no token.
  return Object.freeze(Object.defineProperty({ token, ...shown }, INSPECT, { value: () => shown }));
}

/** A member that is undefined is not there. */
function withoutUndefined(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(Object.entries(given).filter(([, member]) => member !== undefined));
}

function unexpected(what: string): MatchstickError {
  return new MatchstickError('internal', `The ${what} that came back is not the one that was asked for.`);
}
