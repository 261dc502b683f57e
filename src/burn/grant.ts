import type { JsonObject } from '../token/json-value.ts';
import type { KeyRing } from '../token/key.ts';
import { unsealClaims } from '../token/sealed-claims.ts';
import type { VerifiedToken } from '../token/verify.ts';
import type { UseAnswer } from './ledger.ts';
import type { Open, Opening } from './opening.ts';
import { type Refusal, refuse } from './refusal.ts';

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

/**
 * What the token carries, sealed claims included; undefined when its key is gone. Asked before the burn, which
 * must not be followed by a claim that cannot be read; told only after it.
 */
export async function carriedClaims(
  { kid, claims, sealed }: VerifiedToken,
  { sealing }: Pick<KeyRing, 'sealing'>,
): Promise<JsonObject | undefined> {
  if (sealed === undefined) return claims ?? {};
  const key = sealing.get(kid);
  const unsealed = key && (await unsealClaims(sealed, key));
  return unsealed && { ...claims, ...unsealed };
}

export function refuseSealed(): Refusal {
  return refuse('token_invalid', 'The token is refused: the key of its sealed claims is gone.');
}

/** What a use grants: only what is burned for good opens anything. */
export async function grant(taken: Omit<Redeemed, 'opening'>, open: Open | undefined): Promise<Redeemed> {
  const { token, claims, use } = taken;
  if (!open || use.outcome !== 'burned') return taken;
  return { ...taken, opening: await open({ subject: token.sub, claims }, use.atMs) };
}
