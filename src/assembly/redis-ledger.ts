import type { Log } from '../contract/log.ts';
import { MatchstickError } from '../errors.ts';
import type { Recorder } from '../events/recorder.ts';
import { watched } from '../limits/watched.ts';
import type { EpochEvent, ShardsOptions } from '../redis/ask.ts';
import { AwayError, awayFor } from '../redis/away.ts';
import { connectLedger } from '../redis/connection.ts';
import { readEpochs, readRevokedKeys } from '../redis/epochs.ts';
import { replyIn } from '../redis/error-reply.ts';
import { recordsPerShard, redisEvents } from '../redis/events.ts';
import type { Finding } from '../redis/fitness.ts';
import { redisLimits } from '../redis/limits.ts';
import { redisMemory } from '../redis/memory.ts';
import type { PresenceReport } from '../redis/presence.ts';
import { describeTarget, type RedisTarget } from '../redis/target.ts';
import { frozenIn } from '../redis/unavailable.ts';
import { isUnfitServer, UnfitLedgerError } from '../redis/unfit.ts';
import { watchFitness } from '../redis/watch-fitness.ts';
import { epochReporter, fitnessReporter, presenceReporter } from './ledger-reports.ts';
import {
  type Ambient,
  inWords,
  type LedgerObservers,
  type LedgerSettings,
  type LedgerState,
  type OpenLedger,
  requireFit,
} from './ledger-state.ts';

type RedisState = Extract<LedgerState, { kind: 'redis' }>;

/** A ledger in Redis. One that does not answer yet is waited for while serving. */
export async function ledgerInRedis(
  redis: RedisTarget,
  settings: LedgerSettings,
  log: Log,
  ambient: Ambient,
  recorder: Recorder,
  { observe, tracing, onMemory = () => {} }: LedgerObservers,
): Promise<OpenLedger> {
  const {
    ledger: { timeoutMs },
    events: { keep },
  } = settings;
  const reportPresence = presenceReporter(log, recorder);
  const options = optionsOf(redis, settings, ambient, (presence) => {
    reportPresence(presence);
    if (presence.here) onMemory();
  });
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
    requireAnswer: () => ledger.check().catch(sayWhy),
    events: redisEvents({ ...options, keep }),
    findings: watch.findings,
    newestFindings: () => watch.lookWithin(timeoutMs),
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
  if (refusals.length > 0) return { ok: false, isThere: true, reason: inWords(refusals) };
  const frozen = frozenIn(failure);
  if (frozen !== undefined) return { ok: true, frozen };
  if (failure === undefined) return { ok: true };
  return { ok: false, isThere: false, reason: reasonOf(failure) };
}

/** The connection to the settings' Redis and how its shards are asked; undefined when the ledger is in memory. */
export function redisOptions(
  settings: LedgerSettings,
  ambient: Omit<Ambient, 'nowMs'>,
): ShardsOptions | undefined {
  const { redis } = settings.ledger;
  return redis && optionsOf(redis, settings, ambient);
}

function optionsOf(
  redis: RedisTarget,
  { ledger: { timeoutMs, namespace, shards }, issuer, events: { keep } }: LedgerSettings,
  { monotonicMs, randomBytes, instance }: Omit<Ambient, 'nowMs'>,
  report?: PresenceReport,
): ShardsOptions {
  const connection = connectLedger(redis, { timeoutMs, monotonicMs, report });
  const keepPerShard = recordsPerShard(keep, shards);
  return { connection, namespace, issuer, shards, randomBytes, monotonicMs, instance, keepPerShard };
}

/** What Redis says after the error of a script, and its full stop. */
const WHERE_IN_SCRIPT = /\.?(?: script: .*)?$/s;

/** A check has no request whose outcome could be unknown, so it can say more. */
function sayWhy(error: unknown): never {
  if (!(error instanceof MatchstickError) || frozenIn(error) !== undefined) throw error;
  const { cause } = error;
  const reply = replyIn(cause);
  const away = cause instanceof AwayError ? cause.message : awayFor(cause)?.reason;
  if (reply === undefined && away === undefined) throw error;
  const detail =
    reply === undefined
      ? `Redis gave no answer: ${away}.`
      : `Redis answered with an error: ${reply.replace(WHERE_IN_SCRIPT, '')}.`;
  throw new MatchstickError('ledger_unavailable', detail, { cause });
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? cause.message : 'It does not say why.';
}
