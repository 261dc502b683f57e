import { inspect } from 'node:util';
import type { Inspected, Opens, Redemption } from '../contract/matchstick.ts';
import { type ErrorCode, MatchstickError } from '../errors.ts';
import type { OpenedLink } from '../express/grants.ts';

export interface Expected {
  readonly purpose: string;
  readonly audience: string | undefined;
  readonly state: Redemption['state'];
}

/**
 * The named members of a redemption that is what was asked for, and no others. Throws `internal` for
 * anything else: whatever `redeem` is, it may let nobody through with a capability for something else.
 */
export function expectRedemption<Claims>(
  redemption: Redemption<Claims>,
  { purpose, audience, state }: Expected,
): Redemption<Claims> {
  if (!isObject(redemption)) throw unexpected('redemption');
  const { redemptionId, jti, subject, claims, redeemedAt, heldUntil, usesLeft, opens } = redemption;
  const isExpected =
    redemption.state === state &&
    redemption.purpose === purpose &&
    isText(redemption.audience) &&
    (audience === undefined || redemption.audience === audience) &&
    [redemptionId, jti, subject, redeemedAt].every(isText) &&
    isObject(claims) &&
    Number.isSafeInteger(usesLeft) &&
    (opens === undefined || isOpens(opens));
  if (!isExpected) throw unexpected('redemption');
  return Object.freeze({
    redemptionId,
    state,
    jti,
    purpose,
    subject,
    audience: redemption.audience,
    claims,
    redeemedAt,
    ...(heldUntil === undefined ? {} : { heldUntil }),
    usesLeft,
    ...(opens === undefined ? {} : { opens }),
  });
}

/** The refusal of each state in which a token cannot be redeemed. */
const REFUSALS: Readonly<Record<Exclude<Inspected['state'], 'live'>, readonly [ErrorCode, string]>> = {
  held: ['token_held', 'The token is held by another attempt.'],
  burned: ['token_burned', 'The token was redeemed before.'],
  expired: ['token_expired', 'The token has expired.'],
  revoked: ['token_revoked', 'The token was revoked.'],
  superseded: ['token_superseded', 'A newer token has taken its place.'],
  void: ['token_void', 'The ledger no longer vouches for the time in which the token was minted.'],
  invalid: ['token_invalid', 'The token is refused.'],
};

/** The link to a token that could be redeemed now. Throws the refusal of any other. */
export function expectLink(
  token: string,
  inspected: Inspected,
  { purpose, audience }: Omit<Expected, 'state'>,
): OpenedLink {
  if (!isObject(inspected) || !isText(inspected.state)) throw unexpected('inspection');
  const { state, jti, subject, expiresAt, usesLeft, redeemedAt, heldUntil } = inspected;
  if (state !== 'live') {
    const refusal = Object.hasOwn(REFUSALS, state) ? REFUSALS[state] : undefined;
    if (!refusal) throw unexpected('inspection');
    const times = { ...(redeemedAt ? { redeemedAt } : {}), ...(heldUntil ? { heldUntil } : {}) };
    throw new MatchstickError(...refusal, times);
  }
  if (inspected.purpose !== purpose) {
    throw new MatchstickError('purpose_mismatch', 'The token was minted for another purpose.');
  }
  if (audience !== undefined && inspected.audience !== audience) {
    throw new MatchstickError('audience_mismatch', 'The token was minted for another audience.');
  }
  const { active, audience: intended } = inspected;
  if (active !== true || !isText(jti) || !isText(subject) || !isText(intended) || !isText(expiresAt)) {
    throw unexpected('inspection');
  }
  if (usesLeft === undefined || !Number.isSafeInteger(usesLeft)) throw unexpected('inspection');
  const shown = { jti, purpose, subject, audience: intended, expiresAt, usesLeft };
  // What a console prints of it has no token.
  return Object.freeze(Object.defineProperty({ token, ...shown }, inspect.custom, { value: () => shown }));
}

function unexpected(what: string): MatchstickError {
  return new MatchstickError('internal', `The ${what} that came back is not the one that was asked for.`);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isOpens(opens: Opens): boolean {
  return isObject(opens) && isText(opens.url) && isText(opens.method);
}
