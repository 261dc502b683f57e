import { MatchstickError } from '../errors.ts';
import type { EventType, MatchstickEvent } from '../events/event.ts';
import type { Occasion } from '../events/occasion.ts';
import type { Operations } from '../operations/all.ts';
import type { EventsQuery } from '../operations/events.ts';
import { html, type Markup } from '../pages/html.ts';
import type { Gate, Guest } from './gate.ts';
import { clock } from './time.ts';

/** What the views are made with. */
export interface Desk {
  readonly gate: Gate;
  readonly operations: Pick<
    Operations,
    'events' | 'lookUp' | 'revokeAsOperator' | 'listKeys' | 'revokeKey' | 'status'
  >;
  readonly nowMs: () => number;
  /** How events call a subject. */
  readonly hashSubject: (subject: string) => string;
  /** Told of whom or what somebody looked at. */
  readonly viewed: (name: string, occasion: Occasion, about: { jti?: string }) => void;
}

export interface Seen {
  readonly events: readonly MatchstickEvent[];
  readonly keptSince?: string | undefined;
  /** Whether there are older ones that were not read. */
  readonly more: boolean;
}

const AT_ONCE = 1000;
const MOST_PAGES = 20;

/** The newest events that a question means, oldest first. Throws a refusal. */
export async function newest(
  { operations }: Pick<Desk, 'operations'>,
  { session, raw }: Guest,
  query: Omit<EventsQuery, 'limit' | 'before' | 'after'>,
  limit = AT_ONCE,
): Promise<Seen> {
  return required(
    await operations.events.perform({ ...query, before: 'now', limit }, session.caller, raw.occasion),
  );
}

/** All events since a timeAndAge, as far as they can be read. */
export async function allSince(
  { operations }: Pick<Desk, 'operations'>,
  { session, raw }: Guest,
  sinceMs: number,
  types?: readonly EventType[],
): Promise<Seen> {
  const pages: MatchstickEvent[][] = [];
  let before = 'now';
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = { ...(types ? { type: new Set(types) } : {}), before, limit: AT_ONCE };
    const found = required(await operations.events.perform(query, session.caller, raw.occasion));
    pages.unshift([...found.events]);
    const [first] = found.events;
    const isAll = !found.more || first === undefined || Date.parse(first.time) < sinceMs;
    if (isAll || page === MOST_PAGES - 1) {
      const events = pages.flat().filter(({ time }) => Date.parse(time) >= sinceMs);
      return { events, keptSince: found.keptSince, more: !isAll };
    }
    before = first.id;
  }
  throw new TypeError('no page of events was read');
}

/** The same, but nothing if the ledger, which keeps events, does not answer: for a page that says so itself. */
export async function ifAnswered(seen: Promise<Seen>): Promise<Seen & { readonly isAbsent?: true }> {
  try {
    return await seen;
  } catch (error) {
    if (!(error instanceof MatchstickError) || error.code !== 'ledger_unavailable') throw error;
    return { events: [], more: false, isAbsent: true };
  }
}

/** What a page follows that was made of the newest events: what happens after them. */
export function liveAfter({ at }: Pick<Gate, 'at'>, { events }: Pick<Seen, 'events'>): string {
  const last = events.at(-1);
  return last === undefined ? at('live') : `${at('live')}?after=${encodeURIComponent(last.id)}`;
}

export function required<T>(answer: T | MatchstickError): T {
  if (answer instanceof MatchstickError) throw answer;
  return answer;
}

/** How far back the events go that a page was made of. */
export function keptNote({ keptSince, more, events }: Seen): Markup {
  const [oldest] = events;
  if (more && oldest)
    return html`<p class="kept">Made from the newest events only, since ${clock(oldest.time)}: there are too many to read them all.</p>`;
  if (keptSince === undefined)
    return html`<p class="kept">No events are kept, so the console cannot see what happened.</p>`;
  return html`<p class="kept">The console can see everything that happened since ${clock(keptSince)}. Older events are no longer kept.</p>`;
}
