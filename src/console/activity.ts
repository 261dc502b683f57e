import { z } from 'zod';
import type { MatchstickEvent } from '../events/event.ts';
import type { Route } from '../http/route.ts';
import { hereLink, html, type Markup, pathLink } from '../pages/html.ts';
import { allSince, type Desk, keptNote, liveAfter } from './desk.ts';
import { table } from './document.ts';

const WINDOWS = {
  hour: { title: 'Last hour', steps: 12, stepMs: 300_000 },
  day: { title: 'Last day', steps: 24, stepMs: 3_600_000 },
} as const;

/** What is counted, by its head. */
const COUNTED: Readonly<Record<string, (event: MatchstickEvent) => boolean>> = {
  Made: ({ type }) => type === 'token.minted',
  Used: ({ type }) => type === 'token.redeemed' || type === 'token.committed',
  Refused: ({ type }) => type === 'token.refused' || type === 'link.refused',
};

const MORE: Readonly<Record<string, (event: MatchstickEvent) => boolean>> = {
  'Second uses': ({ secondUse }) => secondUse === true,
  Void: ({ code }) => code === 'token_void',
  'No answer': ({ outcome, type }) => outcome === 'error' && type === 'token.refused',
  'Links opened': ({ type }) => type === 'link.opened',
};

/** `/console/activity`: how much happened, by purpose and over time. */
export function activityRoute(desk: Desk): Route {
  const { gate, nowMs } = desk;
  const { at } = gate;
  const query = z.object({ window: z.enum(['hour', 'day']).catch('hour').default('hour') });
  return gate.view(
    {
      operationId: 'consoleActivity',
      path: 'activity',
      summary: 'How much happened in the last hour or day, by purpose',
    },
    async (visit) => {
      const { window } = query.parse(visit.raw.query);
      const { title, steps, stepMs } = WINDOWS[window];
      const end = (Math.floor(nowMs() / stepMs) + 1) * stepMs;
      const starts = Array.from({ length: steps }, (_, step) => end - (steps - step) * stepMs);
      const seen = await allSince(desk, visit, starts[0] ?? 0);
      const purposes = [...new Set(seen.events.flatMap(({ token }) => token?.purpose ?? []))].sort();
      const counts = (events: readonly MatchstickEvent[], what: typeof COUNTED) =>
        Object.values(what).map((isIt) => events.filter(isIt).length);
      const over = (events: readonly MatchstickEvent[]) =>
        starts.map((start) => {
          const iso = new Date(start).toISOString();
          const within = events.filter(
            ({ time }) => Date.parse(time) >= start && Date.parse(time) < start + stepMs,
          );
          return [html`<time datetime="${iso}">${iso.slice(11, 16)}</time>`, ...counts(within, COUNTED)];
        });
      const of = (purpose: string) => seen.events.filter(({ token }) => token?.purpose === purpose);
      const shown: readonly (readonly [string, readonly MatchstickEvent[]])[] = [
        ['All purposes', seen.events],
        ...(purposes.length > 1 ? purposes.map((purpose) => [purpose, of(purpose)] as const) : []),
      ];
      return {
        title: 'Activity',
        place: 'activity',
        follows: liveAfter(gate, seen),
        body: html`<h1>Activity</h1><p class="tabs">${tab('hour')}${tab('day')}</p>
${table(
  `${title}, by purpose`,
  ['Purpose', ...Object.keys(COUNTED), ...Object.keys(MORE)],
  purposes.map((purpose) => [purpose, ...counts(of(purpose), COUNTED), ...counts(of(purpose), MORE)]),
)}
${shown.map(([name, events], index) => plotted(name, `numbers-${index}`, over(events)))}
${keptNote(seen)}`,
      };

      function tab(name: keyof typeof WINDOWS): Markup {
        const path = `${at('activity')}?window=${name}`;
        return name === window ? hereLink(path, WINDOWS[name].title) : pathLink(path, WINDOWS[name].title);
      }
    },
    z.object({ window: z.string().optional() }),
  );
}

function plotted(name: string, id: string, rows: readonly (readonly (Markup | string | number)[])[]): Markup {
  return html`<h2>${name}</h2><div class="split"><div class="plot" data-plot="${id}"></div>
<div id="${id}">${table(`${name}, over time (UTC)`, ['From', ...Object.keys(COUNTED)], rows)}</div></div>`;
}
