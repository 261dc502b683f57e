import type { TokenId } from '../token/id.ts';

/** Where and when a token can be minted: the shard that will remember it, and that shard's living epoch. */
export interface LivingEpoch {
  readonly shard: number;
  readonly epoch: string;
  /** How many revocations by subject the shard has seen: a token of this generation outlives them. */
  readonly generation: number;
  /** The ledger's own time, never ahead of it. Unix milliseconds. */
  readonly nowMs: number;
}

/** Whom and what a token is about, for revocations that name it so. */
export interface TokenSubject {
  readonly subject: string;
  readonly purpose: string;
}

/** A token, as what was signed says of it. */
export interface SignedToken extends TokenSubject {
  /** The key that signed it. */
  readonly kid: string;
}

/** What changes a ledger, as the events call it. */
export type LedgerChange =
  | 'token.redeemed'
  | 'token.held'
  | 'token.committed'
  | 'token.released'
  | 'token.collected'
  | 'token.revoked'
  | 'token.superseded'
  | 'subject.revoked';

/** An event that is recorded by the very decision that it tells of, if that changes anything. */
export interface LedgerNote {
  /** The event without its time and type: a JSON object. */
  readonly text: string;
  /**
   * Hears that it was recorded, and of which other token it tells. Nobody hears it if the answer was lost: the record is
   * there all the same.
   */
  readonly recorded: (what: LedgerChange, atMs: number, of?: TokenId) => void;
}

/** One try at a token by one caller. */
export interface Try {
  readonly id: TokenId;
  /** 22 base64url characters. The same attempt always gets the same answer. */
  readonly attempt: string;
  /** Who redeems, remembered for support. */
  readonly caller: string;
  readonly note?: LedgerNote | undefined;
}

export interface BurnRequest extends Try, SignedToken {
  /** The first moment at which the token can be burned, and the first at which it no longer can. Unix milliseconds. */
  readonly burnableFromMs: number;
  readonly burnableUntilMs: number;
  /** Takes the use as a hold, which becomes burned after so many seconds. Absent: burned now. */
  readonly holdSeconds?: number | undefined;
  /** What the use grants is collected later, by whoever has its id: until then a revocation still reaches it. */
  readonly toBeCollected?: boolean | undefined;
  /** Names a proof that is burned with this use: 22 base64url characters. It is good for one use of the token. */
  readonly proofName?: string | undefined;
}

/** A use of a token that an attempt has. */
export interface Use {
  /** When it was taken as burned, burned after a hold, or given back. Unix milliseconds. */
  readonly atMs: number;
  readonly usesLeft: number;
}

export type UseAnswer =
  | (Use & { readonly outcome: 'burned' })
  /** Not burned yet: it will be at `heldUntilMs`, unless this attempt gives it back before. */
  | (Use & { readonly outcome: 'held'; readonly heldUntilMs: number })
  /** This attempt has given it back, which ends the attempt. */
  | (Use & { readonly outcome: 'released' });

export type BurnAnswer =
  /** What this attempt has: now, or when it was asked before. */
  | (UseAnswer & { readonly repeated: boolean })
  | { readonly outcome: 'already-burned'; readonly redeemedAtMs: number; readonly redeemedBy: string }
  | { readonly outcome: 'held-by-another'; readonly heldUntilMs: number }
  | { readonly outcome: 'revoked' | 'superseded' | 'expired' }
  /** Another attempt has shown the same proof. */
  | { readonly outcome: 'proof-used' }
  /** The ledger's clock has gone back behind the time of the token's minting: by so many milliseconds. */
  | { readonly outcome: 'early'; readonly byMs: number }
  /** The ledger cannot show that it remembers every burn of the token's epoch. */
  | { readonly outcome: 'void' };

export type SettleAnswer =
  /** Burned also instead of a release, if the token was given back too often. */
  | Extract<UseAnswer, { outcome: 'burned' | 'released' }>
  /** It was before the commit: the hold can only be given back. */
  | { readonly outcome: 'revoked' | 'superseded' }
  /** This attempt of this caller has no use of the token, or none that is remembered. */
  | { readonly outcome: 'unknown' | 'void' };

/** What a revocation holds for. */
export interface Reach {
  /** The living epoch of the memory that recorded it, or that answered. */
  readonly epoch: string;
  /**
   * Whether tokens that were named may be of another epoch than this one. A server that still serves that epoch, cut
   * off from this one, has not heard of the revocation.
   */
  readonly elsewhere: boolean;
}

export type RevokeAnswer = Reach &
  (
    | /** It can no longer be redeemed: by this revocation, an earlier one, its expiry or its epoch's end. */
    { readonly outcome: 'revoked' | 'superseded' | 'expired' | 'void' }
    /** Too late: no use of it is left, not even one that waits to be collected. */
    | { readonly outcome: 'already-burned'; readonly redeemedAtMs: number; readonly redeemedBy: string }
    /** No such token was minted. */
    | { readonly outcome: 'unknown' }
  );

/** Fetching what a burned use grants, by somebody who has its id: once, like the burn itself. */
export interface CollectRequest extends Try, SignedToken {
  /** 22 base64url characters. The same one always gets the same answer. */
  readonly collector: string;
}

export type CollectAnswer =
  /** This collector has it, now or since it asked before. The use is that of the attempt. */
  | (Use & { readonly outcome: 'collected' })
  | { readonly outcome: 'collected-by-another'; readonly collectedAtMs: number }
  /** It was before anybody collected. */
  | { readonly outcome: 'revoked' | 'superseded' }
  /** This attempt of this caller has burned no use of the token that is remembered. */
  | { readonly outcome: 'unknown' | 'void' };

export type RecordedState =
  | { readonly state: 'burned'; readonly redeemedAtMs: number; readonly redeemedBy: string }
  | { readonly state: 'held'; readonly heldUntilMs: number }
  | { readonly state: 'revoked' | 'superseded' }
  /** Nothing stands against it in the living epoch. It may have expired: the reader has the times. */
  | { readonly state: 'unrecorded'; readonly usesLeft: number }
  | { readonly state: 'void' }
  /** No such token was minted. */
  | { readonly state: 'unknown' };

/** A token that is minted just now. */
export interface NewToken {
  readonly id: TokenId;
  /** The first moment at which it can no longer be burned. Unix milliseconds. */
  readonly burnableUntilMs: number;
}

/**
 * The memory of what is burned. Every method resolves to an answer that the ledger gave, and rejects
 * with `ledger_unavailable` when it gave none; then the outcome is unknown, and asking the same again
 * (a burn or settlement under the same attempt) is harmless. No method ever un-burns.
 */
export interface BurnLedger {
  /** The epoch in which a token for this subject is to be minted. Writes nothing. */
  living(subject: string): Promise<LivingEpoch>;
  /**
   * At which level the next token of this shard and expiry minute is to be minted, so that what is recorded of them can be
   * spread. Absent: always 0.
   */
  levelOf?(shard: number, minute: number): number;
  /** Takes one use of the token, unless none is left or it is revoked, expired or void. One atomic decision. */
  burn(request: BurnRequest): Promise<BurnAnswer>;
  /** Ends this attempt's hold: `commit` burns it for good, `release` gives it back. */
  settle(request: Try, how: 'commit' | 'release'): Promise<SettleAnswer>;
  /** Collects what a burned use grants, for one collector. One atomic decision, remembered like a burn. */
  collect(request: CollectRequest): Promise<CollectAnswer>;
  /** Revokes one token: recorded whatever the clock says, unless its minute is forgotten for good. */
  revoke(id: TokenId, burnableUntilMs: number, note?: LedgerNote): Promise<RevokeAnswer>;
  /** Revokes all tokens of a subject, or of a subject and purpose, that were minted before. */
  revokeSubject(subject: string, purpose?: string, note?: LedgerNote): Promise<Reach>;
  /**
   * Revokes a signing key: from now on no token that it has signed can be burned, committed or collected, whatever anybody
   * knows of the key. A memory that is lost forgets it, so whoever knows of it says it again in each new epoch.
   */
  revokeKey(kid: string): Promise<Reach>;
  /**
   * Puts new tokens, oldest first, among the `live` newest of their subject and purpose. Older ones are superseded, also
   * those that cannot be redeemed any more, or could be if the clock went back. All are of one epoch. When it resolves, no
   * more than `live` can be redeemed, whatever is registered at the same time. Resolves to false when the epoch has ended
   * meanwhile, or nothing is remembered of their minutes any more.
   */
  register(
    tokens: readonly NewToken[],
    topic: TokenSubject,
    live: number,
    note?: LedgerNote,
  ): Promise<boolean>;
  /**
   * Whether a `jti` that nobody has signed may be one of this ledger's. Looks at what it says of itself, before anything
   * is read or written for it.
   */
  mayHaveMinted(id: TokenId): Promise<boolean>;
  /** What is recorded of a token. Never burns. Of an id alone, revocations of its subject and of its key are not seen. */
  inspect(id: TokenId, token?: SignedToken): Promise<RecordedState>;
  /** The ledger's own time at this shard, never behind it; this process's time until the shard has answered once. */
  nowMs(shard?: number): number;
  /** Resolves when the ledger answers right now with an open epoch for every shard. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Burns are counted and remembered by the minute in which their token expires. */
export function expiryMinute(id: Pick<TokenId, 'expiresAt'>): number {
  return Math.floor(id.expiresAt / 60);
}
