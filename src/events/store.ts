import type { EventType, MatchstickEvent, Outcome } from './event.ts';

/** Not the id of any event. */
export const NOW = 'now';

/** Which events are meant. What is absent does not matter. */
export interface EventQuery {
  readonly types?: ReadonlySet<EventType>;
  readonly purpose?: string;
  readonly outcome?: Outcome;
  readonly jti?: string;
  /** As events call it: see `subjectHash`. */
  readonly subject?: string;
  readonly requestId?: string;
  /** The id of an event: only those after it. */
  readonly after?: string;
  /** The id of an event, or NOW: only those before it, the last `limit` of them. */
  readonly before?: string;
  readonly limit: number;
}

/** Events that were asked for, oldest first. */
export interface FoundEvents {
  readonly events: readonly MatchstickEvent[];
  /** Whether there are more in that direction. */
  readonly more: boolean;
  /** RFC 3339: of what has happened since then, everything is kept. Absent when nothing is kept. */
  readonly keptSince?: string;
  /**
   * The event that `after` or `before` names is kept no longer. After it come those that stood after it, as far as that is
   * still known, else the oldest; before it comes nothing.
   */
  readonly gap?: true;
  /** How many entries there were among them that this version cannot read. Absent for none. */
  readonly unreadable?: number;
}

/** The events that are kept, a bounded number of them. */
export interface EventStore {
  /** Keeps these too. Those that change the ledger it has from the ledger itself. Rejects if they could not be kept. */
  add(events: readonly MatchstickEvent[]): Promise<void>;
  /** Rejects with `ledger_unavailable` if there was no answer. */
  find(query: EventQuery): Promise<FoundEvents>;
}
