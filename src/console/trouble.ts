import type { MatchstickEvent } from '../events/event.ts';
import type { Route } from '../http/route.ts';
import { html } from '../pages/html.ts';
import { allSince, type Desk, keptNote, liveAfter } from './desk.ts';
import { timelineOf } from './timeline.ts';

const DAY_MS = 86_400_000;
const MOST_SHOWN = 50;

const KINDS: readonly {
  readonly title: string;
  readonly text: string;
  readonly isIt: (event: MatchstickEvent) => boolean;
}[] = [
  {
    title: 'Second uses',
    text: 'Somebody tried a token that another attempt had used. A link was forwarded, guessed, or opened by a program that presses buttons.',
    isIt: ({ secondUse }) => secondUse === true,
  },
  {
    title: 'Void',
    text: 'Tokens from before the service lost its memory.',
    isIt: ({ code, type }) => code === 'token_void' || type === 'epoch.began',
  },
  {
    title: 'Redis silent',
    text: 'Redis did not answer. Nothing was lost, and nothing was used twice.',
    isIt: ({ type, code }) => code === 'ledger_unavailable' || type === 'ledger.back',
  },
  {
    title: 'Limits reached',
    text: 'Recorded once per window for each address, subject or caller.',
    isIt: ({ type }) => type === 'limit.reached',
  },
  {
    title: 'Callers turned away',
    text: 'Calls without a known key, or without the right to do what they asked for.',
    isIt: ({ type }) => type === 'caller.refused',
  },
];

/** `/console/trouble`: what somebody should look at. */
export function troubleRoute(desk: Desk): Route {
  const { gate, nowMs } = desk;
  return gate.view(
    {
      operationId: 'consoleTrouble',
      path: 'trouble',
      summary: 'Second uses, void tokens, a silent ledger, limits',
    },
    async (visit) => {
      const seen = await allSince(desk, visit, nowMs() - DAY_MS);
      return {
        title: 'Trouble',
        place: 'trouble',
        follows: liveAfter(gate, seen),
        body: html`<h1>Trouble in the last day</h1>
${KINDS.map(({ title, text, isIt }) => {
  const events = seen.events.filter(isIt);
  return html`<h2>${title}: ${events.length}</h2><p class="hint">${text}</p>${events.length === 0 ? undefined : timelineOf(events.slice(-MOST_SHOWN), nowMs(), gate.at, { linksTokens: true, isNewestFirst: true })}`;
})}
${keptNote(seen)}`,
      };
    },
  );
}
