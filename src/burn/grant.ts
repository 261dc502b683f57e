import type { JsonObject } from '../token/json-value.ts';
import { unsealClaims } from '../token/sealed-claims.ts';
import type { VerifiedToken } from '../token/verify.ts';
import type { Capabilities } from './capabilities.ts';
import type { UseAnswer } from './ledger.ts';
import type { Opening } from './opening.ts';
import { type Refusal, refuse, refuseUnopenable } from './refusal.ts';

export interface Redeemed {
  readonly refused: false;
  readonly redemptionId: string;
  readonly token: VerifiedToken;
  /** What it grants, sealed claims included. */
  readonly claims: JsonObject;
  readonly use: Exclude<UseAnswer, { outcome: 'released' }>;
  /** What it opens. A hold opens nothing: it may still be given back. */
  readonly opening?: Opening;
}

/** A use that was taken, before anybody is told what it grants. */
export type Ungranted = Omit<Redeemed, 'claims' | 'opening'>;

/** Tells what a use grants: only what is burned for good opens anything. */
export type Grant = (taken: Ungranted) => Promise<Redeemed>;

/**
 * Makes ready to tell what a token grants, or says why that could not be told. Asked before the burn, which
 * must not be followed by sealed claims that cannot be read, nor by nothing to open.
 */
export async function readyGrant(
  token: VerifiedToken,
  { keys, openers }: Pick<Capabilities, 'keys' | 'openers'>,
): Promise<Grant | Refusal> {
  const claims = await carriedClaims(token, keys);
  if (!claims) return refuse('token_invalid', 'The token is refused: the key of its sealed claims is gone.');
  const opener = openers.get(token.purpose);
  const opens = { subject: token.sub, claims };
  if (opener && opener.problems(opens).length > 0) return refuseUnopenable();
  const open = await opener?.ready();
  return async (taken) => {
    if (!open || taken.use.outcome !== 'burned') return { ...taken, claims };
    return { ...taken, claims, opening: await open(opens, taken.use.atMs) };
  };
}

/** Sealed claims included; undefined when their key is gone. */
async function carriedClaims(
  { kid, claims, sealed }: VerifiedToken,
  { sealing }: Capabilities['keys'],
): Promise<JsonObject | undefined> {
  if (sealed === undefined) return claims ?? {};
  const key = sealing.get(kid);
  const unsealed = key && (await unsealClaims(sealed, key));
  return unsealed && { ...claims, ...unsealed };
}
