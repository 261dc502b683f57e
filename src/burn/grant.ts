import type { JsonObject } from '../token/json-value.ts';
import { unsealClaims } from '../token/sealed-claims.ts';
import type { VerifiedToken } from '../token/verify.ts';
import type { Capabilities } from './capabilities.ts';
import type { UseAnswer } from './ledger.ts';
import type { Open, Opening } from './opening.ts';

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

/** What a use grants: only now are sealed claims read, and only what is burned for good opens anything. */
export async function grant(
  taken: Ungranted,
  open: Open | undefined,
  { keys }: Pick<Capabilities, 'keys'>,
): Promise<Redeemed> {
  const { token, use } = taken;
  const key = keys.sealing.get(token.kid);
  const sealed = token.sealed !== undefined && key ? await unsealClaims(token.sealed, key) : {};
  const claims = { ...token.claims, ...sealed };
  if (!open || use.outcome !== 'burned') return { ...taken, claims };
  return { ...taken, claims, opening: await open({ subject: token.sub, claims }, use.atMs) };
}
