import type { Log } from '../contract/log.ts';
import { MatchstickError } from '../errors.ts';
import { type LedgerMemory, processMemory } from '../ledger/memory.ts';
import type { Limits } from '../limits/limit.ts';
import { memoryLimits } from '../limits/memory.ts';
import type { EpochEvent, ShardsOptions } from '../redis/ask.ts';
import { connectLedger, isUnfitServer } from '../redis/connection.ts';
import type { Finding } from '../redis/fitness.ts';
import { redisLimits } from '../redis/limits.ts';
import { redisMemory } from '../redis/memory.ts';
import { describeTarget } from '../redis/target.ts';
import { watchFitness } from '../redis/watch-fitness.ts';
import type { Settings } from '../settings/parse.ts';

/** Time and randomness, which only a process has. */
export interface Ambient {
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
}

const EPOCH_EVENTS: Readonly<Record<EpochEvent['what'], string>> = {
  replaced: 'A new epoch lives: tokens that were minted in the one before it are void.',
  'memory-went-back': 'Redis forgot changes in place. The epoch was ended: its tokens are void.',
  'epoch-came-back':
    'An epoch answered that another had replaced: two servers hold the ledger, or an older copy of it was put back. The epoch was ended: its tokens are void.',
};

type RedisState = Extract<LedgerState, { kind: 'redis' }>;

type LedgerSettings = Pick<Settings, 'ledger' | 'issuer'>;

/** Where the ledger is, and whether it answered when it was opened. Nothing of it is secret. */
export type LedgerState =
  | { readonly kind: 'memory' }
  | {
      readonly kind: 'redis';
      /** For people, such as `Redis at 127.0.0.1:6379/0`. */
      readonly where: string;
      readonly answers: { readonly ok: true } | { readonly ok: false; readonly reason: string };
    };

export interface OpenLedger extends LedgerMemory {
  /** Counted beside the ledger. */
  readonly limits: Limits;
  /** What there is to say about the server that the ledger is on; nothing about memory. */
  readonly findings: () => readonly Finding[];
  readonly state: LedgerState;
}

/**
 * The ledger of the settings, and its deposits. One that does not answer yet is waited for while serving; a server that can
 * never hold a ledger is refused now, with a MatchstickError that says why.
 */
export async function openLedger(settings: LedgerSettings, log: Log, ambient: Ambient): Promise<OpenLedger> {
  const options = redisOptions(settings, ambient);
  if (!options) {
    const limits = memoryLimits(ambient.monotonicMs);
    return { ...processMemory(ambient), limits, findings: () => [], state: { kind: 'memory' } };
  }
  const onEpoch = ({ shard, what }: EpochEvent) => {
    if (what === 'replaced') log.info({ event: 'ledger.epoch-replaced', shard }, EPOCH_EVENTS[what]);
    else log.warn({ event: 'ledger.epoch-ended', shard, reason: what }, EPOCH_EVENTS[what]);
  };
  const { connection } = options;
  const where = settings.ledger.redis ? describeTarget(settings.ledger.redis) : '';
  connection.redis.on('ready', () => log.info({ event: 'ledger.connected' }));
  connection.redis.on('close', () => log.warn({ event: 'ledger.disconnected' }));
  const watch = watchFitness(connection.redis, (findings) => {
    for (const { check, level, detail } of findings) {
      if (level === 'warn' || level === 'refuse') log.warn({ event: 'ledger.unfit', check, level }, detail);
    }
  });
  const { ledger, deposits } = redisMemory({ ...options, nowMs: ambient.nowMs, onEpoch });
  const limits = redisLimits({ ...options, connection });
  const open = (answers: RedisState['answers']): OpenLedger => ({
    ...{ ledger, deposits, limits, findings: watch.findings },
    state: { kind: 'redis', where, answers },
  });
  try {
    await ledger.check();
    requireFit(await watch.look());
  } catch (error) {
    if (!(error instanceof UnfitLedgerError) && !isUnfitServer(error)) {
      return open({ ok: false, reason: reasonOf(error) });
    }
    await ledger.close();
    throw error instanceof UnfitLedgerError ? error : new UnfitLedgerError(reasonOf(error));
  }
  return open({ ok: true });
}

/** The connection to the settings' Redis and how its shards are asked; undefined when the ledger is in memory. */
export function redisOptions(
  { ledger, issuer }: LedgerSettings,
  { monotonicMs, randomBytes }: Ambient,
): ShardsOptions | undefined {
  if (!ledger.redis) return undefined;
  const connection = connectLedger(ledger.redis, { timeoutMs: ledger.timeoutMs, monotonicMs });
  const { namespace, shards } = ledger;
  return { connection, namespace, issuer, shards, randomBytes, monotonicMs };
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
    super('ledger_unavailable', `This Redis cannot hold the ledger. ${why}`);
  }
}
