import { timestampOf } from '../contract/timestamp.ts';
import type { EventActor, EventNote, EventToken, EventType, MatchstickEvent, Outcome } from './event.ts';
import { newEventId } from './id.ts';
import type { Occasion } from './occasion.ts';

/** What is known of an event where it happens. */
export interface EventFacts {
  /** Default: ok. */
  readonly outcome?: Outcome | undefined;
  readonly code?: string | undefined;
  readonly actor: EventActor;
  readonly token?: EventToken | undefined;
  readonly attempt?: string | undefined;
  readonly occasion?: Occasion | undefined;
  readonly secondUse?: boolean | undefined;
}

/** Whoever hears of events: a log, metrics, the application. It must not throw, and nobody waits for it. */
export type HearEvent = (event: MatchstickEvent) => void;

export interface Recorder {
  /** What is to be recorded with the ledger's decision. */
  note(facts: EventFacts): EventNote;
  /** The ledger has recorded it: everybody else is told. */
  recorded(note: EventNote, type: EventType, atMs: number): void;
  /** It has happened, and no ledger records it. */
  tell(type: EventType, facts: EventFacts): void;
  /** How events call a subject. */
  subject(subject: string): string;
}

export interface RecorderOptions {
  /** Which process this is. */
  readonly instance: string;
  readonly nowMs: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly subject: (subject: string) => string;
  /** Each hears every event. */
  readonly listeners: readonly HearEvent[];
  /** Hears those besides that no ledger has recorded. */
  readonly keep: HearEvent;
  /** Whether a ledger records by itself what changes it. */
  readonly ledgerRecords: boolean;
}

/** Makes events of what happens, and tells those who are to hear of them. */
export function recorder({
  instance,
  nowMs,
  randomBytes,
  subject,
  listeners,
  keep,
  ledgerRecords,
}: RecorderOptions): Recorder {
  const note = ({
    outcome = 'ok',
    code,
    actor,
    token,
    attempt,
    occasion = {},
    secondUse,
  }: EventFacts): EventNote => ({
    v: 1,
    id: newEventId(nowMs(), randomBytes),
    outcome,
    ...(code === undefined ? {} : { code }),
    actor,
    ...(token === undefined ? {} : { token }),
    ...(attempt === undefined ? {} : { attempt }),
    ...occasion,
    instance,
    ...(secondUse ? { secondUse } : {}),
  });
  const hear = (event: MatchstickEvent) => {
    for (const listener of listeners) listener(event);
  };
  return {
    note,
    recorded: (noted, type, atMs) => {
      const event = eventOf(noted, type, atMs);
      hear(event);
      if (!ledgerRecords) keep(event);
    },
    tell: (type, facts) => {
      const event = eventOf(note(facts), type, nowMs());
      hear(event);
      keep(event);
    },
    subject,
  };
}

/** The note of one of several tokens that one decision concerns: `nonce` is that of its `jti`. */
export function noteOf(note: EventNote, nonce: string, jti: string): EventNote {
  return { ...note, id: `${note.id}.${nonce}`, token: { ...note.token, jti } };
}

/** The event that a note became. */
export function eventOf(note: EventNote, type: EventType, atMs: number): MatchstickEvent {
  const { v, id, ...rest } = note;
  return { v, id, time: timestampOf(atMs), type, ...rest };
}
