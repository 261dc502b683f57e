import type { PublishedKeyRing } from './key-ring.ts';
import type { RingCodec } from './ring-codec.ts';
import type { DrawKey, KeyChange, RingPolicy } from './ring-states.ts';
import type { RingStore } from './ring-store.ts';
import type { StoredRing } from './stored-ring.ts';

export interface LiveRingOptions {
  readonly store: RingStore;
  readonly codec: RingCodec;
  readonly policy: RingPolicy;
  /** The clock of this process. It makes the first ring; what comes due is decided by it unless `awaitsTime`. */
  readonly nowMs: () => number;
  /** Nothing comes due before `keepTime` names the clock: that of one process may be wrong. */
  readonly awaitsTime?: boolean;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly draw: DrawKey;
  /** Hears why the ring can not be read or changed, once for each reason; undefined when it can again. */
  readonly onTrouble: (reason: string | undefined) => void;
  /** Hears that this process stored its ring again, and what was wrong with what was there. */
  readonly onPutBack?: (what: string) => void;
}

export interface HearKeys {
  /** Hears what this process made of the ring. */
  changed(change: KeyChange): void;
  /** Hears of another ring, whoever made it. */
  renewed(): void;
}

/** A ring that every process uses as it is now, within two seconds. */
export interface LiveRing extends PublishedKeyRing {
  /** Whether this process made it. */
  readonly isNew: boolean;
  readonly stored: StoredRing;
  readonly policy: RingPolicy;
  /** Why it cannot be read or changed now. */
  readonly trouble: string | undefined;
  /** The time by which its keys change. */
  nowMs(): number;
  /** From now on what comes due is decided by this clock, which all processes have in common. Resolves after a look. */
  keepTime(sharedMs: () => number): Promise<void>;
  /** Tells what happens to it, and what has happened since it was opened. One listener is told. */
  tell(listener: HearKeys): void;
  /** Lets the next key sign: at once if every cache has it, else as soon as that is so. Throws `ledger_unavailable`. */
  rotate(changed?: HearKeys['changed']): Promise<StoredRing>;
  /** Revokes a key; undefined for one that is not in the ring. Throws `ledger_unavailable`. */
  revoke(kid: string, changed?: HearKeys['changed']): Promise<StoredRing | undefined>;
  /** Reads and changes it no longer. Resolves when what was under way is over. */
  close(): Promise<void>;
}
