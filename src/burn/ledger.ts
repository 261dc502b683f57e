import type { TokenId } from '../token/token-id.ts';

/** Where and when a token can be minted: the shard that will remember it, and that shard's living epoch. */
export interface LivingEpoch {
  readonly shard: number;
  readonly epoch: string;
  /** The ledger's own time, never ahead of it. Unix milliseconds. */
  readonly nowMs: number;
}

export interface BurnRequest {
  readonly id: TokenId;
  /** Names one try at redeeming: 20 base64url characters. The same attempt always gets the same answer. */
  readonly attempt: string;
  /** Who redeems, remembered with the burn for support. */
  readonly caller: string;
  /** The first moment at which the token can no longer be burned. Unix milliseconds. */
  readonly burnableUntilMs: number;
}

export type BurnAnswer =
  /** This attempt has burned it: now, or (`repeated`) when it was asked before. */
  | { readonly outcome: 'burned'; readonly redeemedAtMs: number; readonly repeated: boolean }
  | { readonly outcome: 'already-burned'; readonly redeemedAtMs: number; readonly redeemedBy: string }
  | { readonly outcome: 'expired' }
  /** The ledger cannot show that it remembers every burn of the token's epoch. */
  | { readonly outcome: 'void' };

export type RecordedState =
  | {
      readonly state: 'burned';
      readonly attempt: string;
      readonly redeemedAtMs: number;
      readonly redeemedBy: string;
    }
  /** Nothing is recorded of it in the living epoch. It may have expired: the reader has the times. */
  | { readonly state: 'unrecorded' }
  | { readonly state: 'void' };

/**
 * The memory of what is burned. Every method resolves to an answer that the ledger gave, and rejects
 * with `ledger_unavailable` when it gave none; after a rejected `burn` the outcome is unknown, and
 * only the same attempt may be asked again. No method ever un-burns.
 */
export interface BurnLedger {
  /** The epoch in which a token for this subject is to be minted. Writes nothing. */
  living(subject: string): Promise<LivingEpoch>;
  /** Burns the token unless it is burned, expired or void. One atomic decision. */
  burn(request: BurnRequest): Promise<BurnAnswer>;
  /** What is recorded of a token. Never burns. */
  inspect(id: TokenId): Promise<RecordedState>;
  /** The ledger's own time, never behind it; this process's time until the ledger has answered once. */
  nowMs(): number;
  /** Resolves when the ledger answers right now with an open epoch for every shard. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Burns are counted and remembered by the minute in which their token expires. */
export function expiryMinute(id: TokenId): number {
  return Math.floor(id.expiresAt / 60);
}

/** How long after its token's expiry a burn can still be asked about, and answered to its own attempt. */
export const REMEMBERED_SECONDS = 600;
