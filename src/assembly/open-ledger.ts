import type { Log } from '../contract/log.ts';
import { timestampOf } from '../contract/timestamp.ts';
import { memoryEvents } from '../events/memory.ts';
import type { Recorder } from '../events/recorder.ts';
import { drawEpoch } from '../ledger/memory/burns.ts';
import { processMemory } from '../ledger/memory.ts';
import { memoryLimits } from '../limits/memory.ts';
import { epochNote } from '../redis/event-record.ts';
import type { Ambient, LedgerObservers, LedgerSettings, OpenLedger } from './ledger-state.ts';
import type { Parts } from './parts.ts';

/**
 * The ledger of the settings, and its deposits. One that does not answer yet is waited for while serving; a server that can
 * never hold a ledger is refused now, with a MatchstickError that says why.
 */
export async function openLedger(
  settings: LedgerSettings,
  log: Log,
  ambient: Ambient,
  recorder: Recorder,
  parts: Pick<Parts, 'redis'>,
  observers: LedgerObservers = {},
): Promise<OpenLedger> {
  const { redis } = settings.ledger;
  if (!redis) return ledgerInProcess(settings, ambient, recorder);
  const { ledgerInRedis } = await parts.redis();
  return ledgerInRedis(redis, settings, log, ambient, recorder, observers);
}

function ledgerInProcess(
  { events: { keep } }: LedgerSettings,
  ambient: Ambient,
  recorder: Recorder,
): OpenLedger {
  const limits = memoryLimits(ambient.monotonicMs);
  const nothing = { findings: () => [], newestFindings: async () => [] };
  const epoch = drawEpoch(ambient.randomBytes);
  const began = epochNote({ epoch, reason: 'no-epoch' }, ambient.instance);
  const beganMs = ambient.nowMs();
  recorder.recorded(began, 'epoch.began', beganMs);
  const memory = processMemory({ ...ambient, epoch });
  const shard = { shard: 0, epoch, beganAt: timestampOf(beganMs), reason: 'no-epoch' };
  const shown = { epochs: async () => [shard], revokedKeys: async () => [] };
  const requireAnswer = () => memory.ledger.check();
  return {
    ...memory,
    requireAnswer,
    limits,
    events: memoryEvents(keep),
    ...nothing,
    ...shown,
    state: { kind: 'memory' },
  };
}
