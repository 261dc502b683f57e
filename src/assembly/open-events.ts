import { hostname } from 'node:os';
import type { EventQueue } from '../events/queue.ts';
import { eventQueue } from '../events/queue.ts';
import { type HearEvent, type Recorder, recorder } from '../events/recorder.ts';
import type { EventStore } from '../events/store.ts';
import { subjectHash } from '../events/subject.ts';
import type { KeyRing } from '../token/key.ts';
import type { Ambient } from './ledger-state.ts';

/** Who hears of events, besides those that keep them. */
export interface Telling {
  readonly listeners: readonly HearEvent[];
  /** Hears of events that could not be kept. */
  readonly dropped: (count: number) => void;
}

export interface OpenEvents {
  readonly recorder: Recorder;
  /** From now on events are kept there; those so far as well. */
  keepIn(store: EventStore): void;
  /** Resolves when what can be kept is kept. */
  close(): Promise<void>;
}

/** What a process tells of what happens in it. `ledgerRecords`: its ledger records what changes it. */
export function openEvents(
  keys: Pick<KeyRing, 'subjectKey'>,
  { listeners, dropped }: Telling,
  { nowMs, randomBytes, instance }: Pick<Ambient, 'nowMs' | 'randomBytes' | 'instance'>,
  { keep, ledgerRecords }: { readonly keep: number; readonly ledgerRecords: boolean },
): OpenEvents {
  const queue: EventQueue | undefined = keep > 0 ? eventQueue(dropped) : undefined;
  return {
    recorder: recorder({
      instance,
      nowMs,
      randomBytes,
      subject: (subject) => subjectHash(subject, keys.subjectKey),
      listeners,
      keep: queue ? queue.hear : () => {},
      ledgerRecords,
    }),
    keepIn: (store) => queue?.keepIn(store),
    close: async () => queue?.close(),
  };
}

/** What events call a process. */
export function instanceName(pid: number): string {
  return `${hostname()}/${pid}`;
}
