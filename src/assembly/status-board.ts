import type { ServiceStatus, ShardStatus } from '../contract/status-replies.ts';
import { timestampOf } from '../contract/timestamp.ts';
import { withinTime } from '../contract/within-time.ts';
import { type EventStore, NOW } from '../events/store.ts';
import type { LiveRing } from '../keys/ring-options.ts';
import { kidOf, rotationOf, shownKeys } from '../keys/ring-states.ts';
import type { LookAtStatus } from '../operations/status.ts';
import type { Finding } from '../redis/fitness.ts';
import { type Ambient, inWords, type LedgerState } from './ledger-state.ts';
import { buildOf } from './version.ts';

export interface StatusSources {
  readonly ledger: LedgerState;
  /** What speaks for and against the ledger's server now. */
  readonly newestFindings: () => Promise<readonly Finding[]>;
  /** Rejects if the ledger does not answer. */
  readonly epochs: () => Promise<readonly ShardStatus[]>;
  readonly keys: LiveRing;
  readonly events: EventStore;
  /** About how many events are kept. */
  readonly keep: number;
  /** How long an answer of the ledger is waited for. */
  readonly timeoutMs: number;
}

/** Looks at what a process of the service uses, now. */
export function statusBoard(sources: StatusSources, { nowMs, instance }: Ambient): LookAtStatus {
  const { ledger, newestFindings, epochs, keys, events, keep, timeoutMs } = sources;
  const startedAt = timestampOf(nowMs());
  const newest = () => withinTime(timeoutMs, () => events.find({ before: NOW, limit: 1 }));
  return async () => {
    const [shards, findings, kept] = await Promise.all([
      epochs().catch((error: unknown) => ({ reason: reasonOf(error) })),
      newestFindings(),
      newest().catch(() => undefined),
    ]);
    const answers = !('reason' in shards);
    const refused = findings.filter(({ level }) => level === 'refuse');
    return {
      ...buildOf(process.versions),
      instance,
      startedAt,
      time: timestampOf(nowMs()),
      ledger: {
        kind: ledger.kind,
        ...(ledger.kind === 'redis' ? { where: ledger.where } : {}),
        ...(answers && refused.length > 0 ? { unfit: inWords(refused) } : {}),
        ...(answers ? { answers, shards } : { answers, reason: shards.reason, shards: [] }),
      },
      keys: keysStatus(keys, keys.nowMs()),
      events: { keep, ...(kept?.keptSince === undefined ? {} : { keptSince: kept.keptSince }) },
    };
  };
}

function keysStatus({ stored, policy, trouble }: LiveRing, nowMs: number): ServiceStatus['keys'] {
  const shown = shownKeys(stored);
  const signing = shown.find(({ state }) => state === 'signing');
  const next = shown.find(({ state }) => state === 'next');
  const rotatesMs = rotationOf(stored, policy);
  return {
    ...(signing ? { signing: { kid: kidOf(signing), ...ageOf(signing.sinceMs, nowMs) } } : {}),
    ...(next ? { next: { kid: kidOf(next), ...readyOf(next) } } : {}),
    ...(rotatesMs === undefined ? {} : { rotatesAt: timestampOf(rotatesMs) }),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

function ageOf(sinceMs: number, nowMs: number) {
  return { since: timestampOf(sinceMs), ageSeconds: Math.max(0, Math.floor((nowMs - sinceMs) / 1000)) };
}

function readyOf(key: ReturnType<typeof shownKeys>[number]) {
  return key.state === 'next' ? { readyAt: timestampOf(key.readyMs) } : {};
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : 'It does not say why.';
}
