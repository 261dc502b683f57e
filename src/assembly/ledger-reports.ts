import type { Log } from '../contract/log.ts';
import type { Recorder } from '../events/recorder.ts';
import type { EpochEvent } from '../redis/ask.ts';
import { epochNote } from '../redis/event-record.ts';
import type { Finding } from '../redis/fitness.ts';
import type { PresenceReport } from '../redis/presence.ts';

const SYSTEM = { kind: 'system' } as const;

const EPOCH_EVENTS: Readonly<Record<Exclude<EpochEvent['what'], 'began'>, string>> = {
  replaced: 'A new epoch lives: tokens that were minted in the one before it are void.',
  'memory-went-back': 'Redis forgot changes in place. The epoch was ended: its tokens are void.',
  'epoch-came-back':
    'An epoch answered that another had replaced: two servers hold the ledger, or an older copy of it was put back. The epoch was ended: its tokens are void.',
};

/** Tells that an epoch began or was ended. */
export function epochReporter(log: Log, recorder: Recorder, instance: string): (event: EpochEvent) => void {
  return (told) => {
    if (told.what === 'began') return recorder.recorded(epochNote(told, instance), 'epoch.began', told.atMs);
    const { shard, what } = told;
    if (what === 'replaced') log.info({ event: 'ledger.epoch-replaced', shard }, EPOCH_EVENTS[what]);
    else log.warn({ event: 'ledger.epoch-ended', shard, reason: what }, EPOCH_EVENTS[what]);
  };
}

/** Tells that Redis is there, or why it is not. A log is told again once a minute, everybody else only of a change. */
export function presenceReporter(log: Log, recorder?: Recorder): PresenceReport {
  let wasHere: boolean | undefined;
  return (presence) => {
    if (presence.here) log.info({ event: 'ledger.connected' });
    else log.warn({ event: 'ledger.disconnected', reason: presence.reason });
    const isChange = wasHere === undefined ? !presence.here : wasHere !== presence.here;
    wasHere = presence.here;
    if (!isChange) return;
    if (presence.here) recorder?.tell('ledger.back', { actor: SYSTEM });
    else recorder?.tell('ledger.lost', { actor: SYSTEM, outcome: 'error', code: 'ledger_unavailable' });
  };
}

/** Tells the log what is against a server, once: again only after a look that did not find it. */
export function fitnessReporter(log: Log): (findings: readonly Finding[]) => void {
  let reported: ReadonlySet<string> = new Set();
  return (findings) => {
    const against = findings.filter(({ level }) => level === 'warn' || level === 'refuse');
    for (const { check, level, detail } of against) {
      if (!reported.has(`${check} ${detail}`))
        log.warn({ event: 'ledger.unfit', check, verdict: level }, detail);
    }
    reported = new Set(against.map(({ check, detail }) => `${check} ${detail}`));
  };
}
