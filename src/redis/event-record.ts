import * as z from 'zod/mini';
import { EVENT_TYPES, type EventNote, eventSchema, type MatchstickEvent } from '../events/event.ts';
import { eventOf, noteOf } from '../events/recorder.ts';
import { formatTokenId } from '../token/id.ts';
import { supersededId } from './register.ts';

const noteSchema = z.omit(eventSchema, { time: true, type: true });

/** The last moment that a date can be (ECMA-262, time values). */
const LATEST_MS = 8_640_000_000_000_000;

/**
 * The event of an entry of a shard's stream, as `ledger.lua` and `eventEntry` write it. Undefined for what neither of
 * them has written.
 */
export function parseEventEntry(fields: readonly string[], shard: number): MatchstickEvent | undefined {
  const entry = new Map<string, string>();
  for (let index = 0; index + 1 < fields.length; index += 2)
    entry.set(fields[index] ?? '', fields[index + 1] ?? '');
  const type = EVENT_TYPES.find((each) => each === entry.get('type'));
  const atMs = Number(entry.get('at'));
  if (!type || !Number.isSafeInteger(atMs) || atMs < 0 || atMs > LATEST_MS) return undefined;
  if (type === 'epoch.began') return epochBegan(entry, atMs);
  try {
    const note = noteSchema.safeParse(JSON.parse(entry.get('event') ?? ''));
    if (!note.success) return undefined;
    const [of, epoch] = [entry.get('of'), entry.get('epoch')];
    if (of === undefined || epoch === undefined) return eventOf(note.data, type, atMs);
    const id = supersededId(of, { shard, epoch });
    return eventOf(noteOf(note.data, id.nonce, formatTokenId(id)), type, atMs);
  } catch {
    return undefined;
  }
}

function epochBegan(entry: ReadonlyMap<string, string>, atMs: number): MatchstickEvent | undefined {
  const [epoch, reason, instance] = [entry.get('epoch'), entry.get('reason'), entry.get('instance')];
  if (!epoch || !reason) return undefined;
  return eventOf(epochNote({ epoch, reason }, instance || 'unknown'), 'epoch.began', atMs);
}

/** An epoch that began, and why. */
export interface BegunEpoch {
  readonly epoch: string;
  readonly reason: string;
}

/** An epoch is named once, so its name is that of the event as well. */
export function epochNote({ epoch, reason }: BegunEpoch, instance: string): EventNote {
  return { v: 1, id: epoch, outcome: 'ok', code: reason, actor: { kind: 'system' }, instance };
}

/** An event that no script of the ledger has recorded, as `keep-events.lua` takes it: its type, its time and its note. */
export function eventEntry({ time, type, ...note }: MatchstickEvent): readonly string[] {
  return [type, String(Date.parse(time)), JSON.stringify(note)];
}
