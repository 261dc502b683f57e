import type { Redemption } from '../contract/replies.ts';
import { timestampOf } from '../contract/timestamp.ts';
import type { MatchstickError } from '../errors.ts';
import type { UseAnswer } from '../ledger/burn-ledger.ts';
import type { JsonObject } from '../token/json-value.ts';
import { unsealClaims } from '../token/sealed-claims.ts';
import type { VerifiedToken } from '../token/verify.ts';
import type { Deployment } from './deployment.ts';
import { refuseInvalid } from './refusal.ts';

/** A use that the ledger gave to an attempt, before anybody hears what it grants. */
export interface TakenUse {
  readonly redemptionId: string;
  readonly use: Exclude<UseAnswer, { outcome: 'released' }>;
}

/** Makes the redemption of a use. Only a use that is burned for good opens anything. */
export type Grant = (taken: TakenUse) => Promise<Redemption<JsonObject>>;

/**
 * Prepares to say what a token grants, or refuses if that could not be said. Call it before the burn: the burn must
 * not be followed by sealed claims that cannot be read, nor by nothing to open.
 */
export async function prepareGrant(
  token: VerifiedToken,
  { keys, openers }: Pick<Deployment, 'keys' | 'openers'>,
): Promise<Grant | MatchstickError> {
  const sealingKey = keys.sealing.get(token.kid);
  if (token.sealed !== undefined && !sealingKey) return refuseInvalid('the key of its sealed claims is gone');
  const sealedClaims = await unsealedClaims(token, sealingKey);
  if (!sealedClaims) return refuseInvalid('its sealed claims cannot be read');
  // No sealed claim has a part in what is opened: settings/purposes.ts refuses that.
  const openingToken = { subject: token.sub, claims: token.claims ?? {} };
  const opener = openers.get(token.purpose);
  if (opener && opener.problems(openingToken).length > 0) {
    return refuseInvalid('its purpose opens something else now');
  }
  const open = await opener?.ready();
  return async ({ redemptionId, use }) => ({
    redemptionId,
    state: use.outcome,
    jti: token.jti,
    purpose: token.purpose,
    subject: token.sub,
    audience: token.aud,
    claims: { ...token.claims, ...sealedClaims },
    redeemedAt: timestampOf(use.atMs),
    ...(use.outcome === 'held' ? { heldUntil: timestampOf(use.heldUntilMs) } : {}),
    usesLeft: use.usesLeft,
    // A hold opens nothing: it may still be given back.
    ...(open && use.outcome === 'burned' ? { opens: await open(openingToken, use.atMs) } : {}),
  });
}

/** Undefined for what nobody sealed here. */
async function unsealedClaims(
  { sealed }: VerifiedToken,
  key: Uint8Array | undefined,
): Promise<JsonObject | undefined> {
  return sealed === undefined || !key ? {} : unsealClaims(sealed, key);
}
