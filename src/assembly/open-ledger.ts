import type { Log } from '../contract/log.ts';
import type { ShardStatus } from '../contract/status-replies.ts';
import { timestampOf } from '../contract/timestamp.ts';
import type { Tracing } from '../contract/tracing.ts';
import { MatchstickError } from '../errors.ts';
import { memoryEvents } from '../events/memory.ts';
import type { Recorder } from '../events/recorder.ts';
import type { EventStore } from '../events/store.ts';
import { drawEpoch } from '../ledger/memory/burns.ts';
import { type LedgerMemory, processMemory } from '../ledger/memory.ts';
import type { LimitName, Limits } from '../limits/limit.ts';
import { memoryLimits } from '../limits/memory.ts';
import { watched } from '../limits/watched.ts';
import type { EpochEvent, ShardsOptions } from '../redis/ask.ts';
import { connectLedger, isUnfitServer } from '../redis/connection.ts';
import { readEpochs, readRevokedKeys } from '../redis/epochs.ts';
import { epochNote } from '../redis/event-record.ts';
import { recordsPerShard, redisEvents } from '../redis/events.ts';
import type { Finding } from '../redis/fitness.ts';
import { redisLimits } from '../redis/limits.ts';
import { redisMemory } from '../redis/memory.ts';
import type { PresenceReport } from '../redis/presence.ts';
import { describeTarget } from '../redis/target.ts';
import { frozenIn } from '../redis/unavailable.ts';
import { watchFitness } from '../redis/watch-fitness.ts';
import type { EventSettings } from '../settings/events-schema.ts';
import type { Settings } from '../settings/parse.ts';
import { epochReporter, fitnessReporter, presenceReporter } from './ledger-reports.ts';

/** Time and randomness, which only a process has. */
export interface Ambient {
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  /** What events call this process. */
  readonly instance: string;
}

type RedisState = Extract<LedgerState, { kind: 'redis' }>;

type LedgerSettings = Pick<Settings, 'ledger' | 'issuer'> & { readonly events: Pick<EventSettings, 'keep'> };

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
        | { readonly ok: false; readonly reason: string };
    };

export interface OpenLedger extends LedgerMemory {
  /** Counted beside the ledger. */
  readonly limits: Limits;
  /** Kept beside the ledger. */
  readonly events: EventStore;
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

/**
 * The ledger of the settings, and its deposits. One that does not answer yet is waited for while serving; a server that can
 * never hold a ledger is refused now, with a MatchstickError that says why.
 */
export async function openLedger(
  settings: LedgerSettings,
  log: Log,
  ambient: Ambient,
  recorder: Recorder,
  { observe, tracing, onMemory = () => {} }: LedgerObservers = {},
): Promise<OpenLedger> {
  const { redis } = settings.ledger;
  const { keep } = settings.events;
  const reportPresence = presenceReporter(log, recorder);
  const options = redisOptions(settings, ambient, (presence) => {
    reportPresence(presence);
    if (presence.here) onMemory();
  });
  if (!options || !redis) {
    const limits = memoryLimits(ambient.monotonicMs);
    const nothing = { findings: () => [], newestFindings: async () => [] };
    const epoch = drawEpoch(ambient.randomBytes);
    const began = epochNote({ epoch, reason: 'no-epoch' }, ambient.instance);
    const beganMs = ambient.nowMs();
    recorder.recorded(began, 'epoch.began', beganMs);
    const memory = processMemory({ ...ambient, epoch });
    const shard = { shard: 0, epoch, beganAt: timestampOf(beganMs), reason: 'no-epoch' };
    const shown = { epochs: async () => [shard], revokedKeys: async () => [] };
    return { ...memory, limits, events: memoryEvents(keep), ...nothing, ...shown, state: { kind: 'memory' } };
  }
  const { connection } = options;
  const where = describeTarget(redis);
  const watch = watchFitness(connection.redis, options, fitnessReporter(log));
  const report = epochReporter(log, recorder, ambient.instance);
  const onEpoch = (event: EpochEvent) => {
    report(event);
    onMemory();
  };
  const { ledger, deposits } = redisMemory({ ...options, nowMs: ambient.nowMs, onEpoch, observe, tracing });
  const limits = watched(redisLimits({ ...options, connection }), {
    monotonicMs: ambient.monotonicMs,
    onAsked: observe && ((...answer) => observe('limit', ...answer)),
  });
  const look = () => connection.answer(watch.look);
  const check = async () => {
    if (connection.redis.status === 'ready') await ledger.check();
  };
  const answers = await firstAnswer(where, look, check).catch(async (error: unknown) => {
    await ledger.close();
    throw error;
  });
  return {
    ...{ ledger, deposits, limits },
    events: redisEvents({ ...options, keep }),
    findings: watch.findings,
    newestFindings: () => watch.lookWithin(settings.ledger.timeoutMs),
    epochs: () => readEpochs(options),
    revokedKeys: () => readRevokedKeys(options),
    state: { kind: 'redis', where, answers },
  };
}

/** Whether Redis answers. Rejects when it can never hold the ledger: what a look finds says more than an error. */
async function firstAnswer(
  where: string,
  look: () => Promise<readonly Finding[]>,
  check: () => Promise<void>,
): Promise<RedisState['answers']> {
  let findings: readonly Finding[] = [];
  let failure: unknown;
  try {
    findings = await look();
    requireFit(findings.filter(({ mayPass }) => !mayPass));
    await check();
  } catch (error) {
    if (error instanceof UnfitLedgerError) throw error;
    failure = error;
  }
  if (isUnfitServer(failure)) throw new UnfitLedgerError(`${where}: ${reasonOf(failure)}`);
  const refusals = findings.filter(({ level }) => level === 'refuse');
  if (refusals.length > 0) return { ok: false, reason: refusals.map(({ detail }) => detail).join('; ') };
  const frozen = frozenIn(failure);
  if (frozen !== undefined) return { ok: true, frozen };
  if (failure === undefined) return { ok: true };
  return { ok: false, reason: reasonOf(failure) };
}

/** The connection to the settings' Redis and how its shards are asked; undefined when the ledger is in memory. */
export function redisOptions(
  { ledger, issuer, events: { keep } }: LedgerSettings,
  { monotonicMs, randomBytes, instance }: Ambient,
  report?: PresenceReport,
): ShardsOptions | undefined {
  if (!ledger.redis) return undefined;
  const connection = connectLedger(ledger.redis, { timeoutMs: ledger.timeoutMs, monotonicMs, report });
  const { namespace, shards } = ledger;
  const keepPerShard = recordsPerShard(keep, shards);
  return { connection, namespace, issuer, shards, randomBytes, monotonicMs, instance, keepPerShard };
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? cause.message : 'It does not say why.';
}

/** Rejects with `ledger_unavailable` when the server cannot hold the ledger. */
export function requireFit(findings: readonly Finding[]): void {
  const refused = findings.filter(({ level }) => level === 'refuse');
  if (refused.length > 0)
    throw new UnfitLedgerError(refused.map(({ check, detail }) => `${check}: ${detail}`).join('; '));
}

export class UnfitLedgerError extends MatchstickError {
  constructor(why: string) {
    super('ledger_unavailable', `This Redis cannot hold the ledger. ${why.replace(/\.?$/, '.')}`);
  }
}
