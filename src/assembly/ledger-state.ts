import type { ShardStatus } from '../contract/status-replies.ts';
import type { Tracing } from '../contract/tracing.ts';
import type { EventStore } from '../events/store.ts';
import type { LedgerMemory } from '../ledger/memory.ts';
import type { LimitName, Limits } from '../limits/limit.ts';
import type { Finding } from '../redis/fitness.ts';
import { UnfitLedgerError } from '../redis/unfit.ts';
import type { EventSettings } from '../settings/events-schema.ts';
import type { Settings } from '../settings/parse.ts';

/** Time and randomness, which only a process has. */
export interface Ambient {
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  /** What events call this process. */
  readonly instance: string;
}

export type LedgerSettings = Pick<Settings, 'ledger' | 'issuer'> & {
  readonly events: Pick<EventSettings, 'keep'>;
};

/** Who hears what the ledger and the limits answer, for metrics. */
export interface LedgerObservers {
  readonly observe?: (operation: string, outcome: 'ok' | 'unavailable', seconds: number) => void;
  /** Hears of everyone who met a limit. */
  readonly limited?: (limit: LimitName) => void;
  /** Hears whenever the memory of the ledger may be another one. */
  readonly onMemory?: () => void;
  readonly tracing?: Tracing;
}

/** Where the ledger is, and whether it answered when it was opened. Nothing of it is secret. */
export type LedgerState =
  | { readonly kind: 'memory' }
  | {
      readonly kind: 'redis';
      /** For people, such as `Redis at 127.0.0.1:6379/0`. */
      readonly where: string;
      readonly answers:
        | { readonly ok: true /** What there is to say of a freeze. */; readonly frozen?: string }
        | {
            readonly ok: false /** But cannot be used as it is. */;
            readonly isThere: boolean;
            readonly reason: string;
          };
    };

export interface OpenLedger extends LedgerMemory {
  /** Counted beside the ledger. */
  readonly limits: Limits;
  /** Kept beside the ledger. */
  readonly events: EventStore;
  /** Rejects if the ledger does not answer, with a reason for operators. */
  readonly requireAnswer: () => Promise<void>;
  /** What there is to say about the server that the ledger is on; nothing about memory. */
  readonly findings: () => readonly Finding[];
  /** The same, after a look now if there is time for it. */
  readonly newestFindings: () => Promise<readonly Finding[]>;
  /** What each shard remembers of its epoch, now. Rejects if it does not answer. */
  readonly epochs: () => Promise<readonly ShardStatus[]>;
  /** The kids of the keys that it remembers as revoked. Rejects if it does not answer. */
  readonly revokedKeys: () => Promise<readonly string[]>;
  readonly state: LedgerState;
}

/** Rejects with `ledger_unavailable` when the server cannot hold the ledger. */
export function requireFit(findings: readonly Finding[]): void {
  const refused = findings.filter(({ level }) => level === 'refuse');
  if (refused.length > 0) throw new UnfitLedgerError(inWords(refused));
}

export function inWords(findings: readonly Finding[]): string {
  return findings.map(({ check, detail }) => `${check}: ${detail}`).join('; ');
}
