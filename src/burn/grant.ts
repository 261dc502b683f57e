import type { UseAnswer } from '../ledger/burn-ledger.ts';
import type { JsonObject } from '../token/json-value.ts';
import { unsealClaims } from '../token/sealed-claims.ts';
import type { VerifiedToken } from '../token/verify.ts';
import type { Deployment } from './deployment.ts';
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
 * must not be followed by sealed claims that cannot be read, nor by nothing to open; the claims themselves are
 * only read after it.
 */
export async function readyGrant(
  token: VerifiedToken,
  { keys, openers }: Pick<Deployment, 'keys' | 'openers'>,
): Promise<Grant | Refusal> {
  const sealingKey = keys.sealing.get(token.kid);
  if (token.sealed !== undefined && !sealingKey) {
    return refuse('token_invalid', 'The token is refused: the key of its sealed claims is gone.');
  }
  // No sealed claim has a part in what is opened: settings/purposes.ts refuses that.
  const opens = { subject: token.sub, claims: token.claims ?? {} };
  const opener = openers.get(token.purpose);
  if (opener && opener.problems(opens).length > 0) return refuseUnopenable();
  const open = await opener?.ready();
  return async (taken) => {
    const claims = { ...token.claims, ...(await unsealedClaims(token, sealingKey)) };
    if (!open || taken.use.outcome !== 'burned') return { ...taken, claims };
    return { ...taken, claims, opening: await open(opens, taken.use.atMs) };
  };
}

async function unsealedClaims({ sealed }: VerifiedToken, key: Uint8Array | undefined): Promise<JsonObject> {
  if (sealed === undefined || !key) return {};
  const claims = await unsealClaims(sealed, key);
  if (!claims) throw new Error('claims that were sealed here do not open with the key that signed them');
  return claims;
}
