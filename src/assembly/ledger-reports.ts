import type { Log } from '../contract/log.ts';
import type { EpochEvent } from '../redis/ask.ts';
import type { Finding } from '../redis/fitness.ts';
import type { PresenceReport } from '../redis/presence.ts';

const EPOCH_EVENTS: Readonly<Record<Exclude<EpochEvent['what'], 'began'>, string>> = {
  replaced: 'A new epoch lives: tokens that were minted in the one before it are void.',
  'memory-went-back': 'Redis forgot changes in place. The epoch was ended: its tokens are void.',
  'epoch-came-back':
    'An epoch answered that another had replaced: two servers hold the ledger, or an older copy of it was put back. The epoch was ended: its tokens are void.',
};

/** Tells the log that an epoch began or was ended. */
export function epochReporter(log: Log): (event: EpochEvent) => void {
  return ({ shard, what }) => {
    if (what === 'began') return;
    if (what === 'replaced') log.info({ event: 'ledger.epoch-replaced', shard }, EPOCH_EVENTS[what]);
    else log.warn({ event: 'ledger.epoch-ended', shard, reason: what }, EPOCH_EVENTS[what]);
  };
}

/** Tells the log that Redis is there, or why it is not. */
export function presenceReporter(log: Log): PresenceReport {
  return (presence) => {
    if (presence.here) log.info({ event: 'ledger.connected' });
    else log.warn({ event: 'ledger.disconnected', reason: presence.reason });
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
