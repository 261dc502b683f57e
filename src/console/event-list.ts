import { z } from 'zod';
import { EVENT_TYPES, type Outcome } from '../events/event.ts';
import type { Route } from '../http/route.ts';
import type { EventsQuery } from '../operations/events.ts';
import { html, type Markup, pathLink, queryForm } from '../pages/html.ts';
import { type Desk, keptNote, liveAfter, required } from './desk.ts';
import { timelineOf } from './timeline.ts';

const AT_ONCE = 50;

const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  ok: 'succeeded',
  refused: 'was refused',
  error: 'got no answer',
};

/** What is not one of these means nothing, as an empty field does. */
const chosen = z.object({
  type: z.enum(EVENT_TYPES).optional().catch(undefined),
  outcome: z.enum(['ok', 'refused', 'error']).optional().catch(undefined),
  purpose: namedBy(/^[\w.-]{1,64}$/),
  before: namedBy(/^[\w-]{1,64}$/),
});

function namedBy(form: RegExp) {
  return z.string().regex(form).optional().catch(undefined);
}

/** `/console/events`: everything that happened, newest first, by type, outcome and purpose. */
export function eventListRoute({ gate, operations, nowMs }: Desk): Route {
  const { at } = gate;
  return gate.view(
    {
      operationId: 'consoleEvents',
      path: 'events',
      summary: 'Everything that happened, by type, outcome and purpose',
    },
    async ({ session, raw }) => {
      const { type, before = 'now', ...rest } = chosen.parse(raw.query);
      const query: EventsQuery = {
        ...rest,
        ...(type === undefined ? {} : { type: new Set([type]) }),
        ...{ before, limit: AT_ONCE },
      };
      const seen = required(await operations.events.perform(query, session.caller, raw.occasion));
      // After the last of some, all others would come first.
      const isAll = [type, rest.outcome, rest.purpose].every((each) => each === undefined);
      const [oldest] = seen.events;
      const older =
        seen.more && oldest ? pathLink(pathOf({ ...rest, type, before: oldest.id }), 'Older') : '';
      const newest = before === 'now' ? '' : pathLink(pathOf({ ...rest, type }), 'Newest');
      return {
        title: 'Events',
        place: 'events',
        ...(before === 'now' ? { follows: isAll ? liveAfter(gate, seen) : at('live') } : {}),
        body: html`<h1>Events</h1>
${queryForm(
  at('events'),
  html`<div class="search">${choice('type', 'Event', type, [['', 'anything'], ...EVENT_TYPES.map((each) => [each, each] as const)])}
${choice('outcome', 'Outcome', rest.outcome, [['', 'any outcome'], ...Object.entries(OUTCOME_WORDS)])}
<div class="box"><label for="purpose">Purpose</label><input id="purpose" name="purpose" type="text" maxlength="64" value="${rest.purpose ?? ''}" spellcheck="false"></div><button type="submit">Show</button></div>`,
)}
<h2>Newest first</h2>
${timelineOf(seen.events, nowMs(), at, { linksTokens: true, hasConsole: true, isNewestFirst: true })}
<p class="tabs">${newest}${older}</p>
${keptNote({ ...seen, more: false })}`,
      };
    },
    z.object({
      type: z.string().optional(),
      outcome: z.string().optional(),
      purpose: z.string().optional(),
      before: z.string().optional(),
    }),
  );

  function pathOf(query: Readonly<Record<string, string | undefined>>): string {
    const pairs = Object.entries(query).flatMap(([name, value]) => (value ? [`${name}=${value}`] : []));
    return `${at('events')}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`;
  }
}

function choice(
  name: string,
  label: string,
  current: string | undefined,
  options: readonly (readonly [string, string])[],
): Markup {
  const all = options.map(([value, text]) =>
    value === (current ?? '')
      ? html`<option value="${value}" selected>${text}</option>`
      : html`<option value="${value}">${text}</option>`,
  );
  return html`<div class="box"><label for="${name}">${label}</label><select id="${name}" name="${name}">${all}</select></div>`;
}
