import type { Inspected } from '../contract/replies.ts';
import type { MatchstickEvent } from '../events/event.ts';
import { who } from './narrate.ts';
import { clock, timeAndAge } from './time.ts';

/** What is known of a token: its state, its own events, oldest first, and those that may explain it. */
export interface Known {
  readonly state: Inspected;
  readonly events: readonly MatchstickEvent[];
  /** Revocations by subject and of keys that concern it, and, since it was made, epochs and silences of the ledger, oldest first. */
  readonly causes: readonly MatchstickEvent[];
  readonly nowMs: number;
}

export function lastOf(
  events: readonly MatchstickEvent[],
  type: MatchstickEvent['type'],
): MatchstickEvent | undefined {
  return events.findLast((event) => event.type === type);
}

export function by(event: MatchstickEvent | undefined, { nowMs }: Known, did: string): string {
  return event ? `${who(event)} ${did} at ${timeAndAge(event.time, nowMs)}` : `Somebody ${did}`;
}

export function opened(events: readonly MatchstickEvent[]): string {
  const event = lastOf(events, 'link.opened');
  return event
    ? ` The page of its link was last opened at ${clock(event.time)}; nobody pressed the button.`
    : '';
}

/** What revoked it: itself, then what it belongs to. */
export function revocation({ events, causes }: Known): MatchstickEvent | undefined {
  return lastOf(events, 'token.revoked') ?? causes.find(isRevocation);
}

export function isRevocation({ type }: MatchstickEvent): boolean {
  return type === 'subject.revoked' || type === 'key.revoked';
}

/** The memory that made it void, if it did not expire first. */
export function newEpoch({ causes, state: { expiresAt } }: Known): MatchstickEvent | undefined {
  return causes.find(
    ({ type, time }) => type === 'epoch.began' && (expiresAt === undefined || time < expiresAt),
  );
}

/** A try that Redis did not answer may have left no line of this token: only the service knows of the silence. */
export function silence({ causes }: Known): string {
  const lost = causes.findLast(({ type }) => type === 'ledger.lost');
  return lost
    ? ` Redis was silent at ${clock(lost.time)}: a visit to its link at that time is not counted here.`
    : '';
}

export function lastRefusal(events: readonly MatchstickEvent[]): MatchstickEvent | undefined {
  return events.findLast(({ type }) => type === 'token.refused' || type === 'link.refused');
}

/** How often it was used, of a token that still works. */
export function usesOf({ state: { usesLeft }, events, nowMs }: Known): { some: boolean; sentence: string } {
  const used = events.filter(({ type }) => type === 'token.redeemed' || type === 'token.committed');
  const last = used.at(-1);
  if (!last) return { some: false, sentence: 'It has not been used.' };
  const left = usesLeft === undefined ? '' : `, and can be used ${times(usesLeft)} more`;
  const sentence = `${who(last)} used it at ${timeAndAge(last.time, nowMs)}. It was used ${times(used.length)} in all${left}.`;
  return { some: true, sentence };
}

export function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
