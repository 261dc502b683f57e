import type { MatchstickEvent } from '../events/event.ts';
import { html, type Markup, pathLink } from '../pages/html.ts';
import type { At } from './document.ts';
import { sentenceOf, toneOf } from './narrate.ts';
import { timeElement } from './time.ts';

/** One line: what happened, and the refusals that it made up for. */
export interface Line {
  readonly event: MatchstickEvent;
  readonly before: readonly MatchstickEvent[];
}

/** A refusal that the same token's success follows is a part of that line. What the console did is no part of it. */
export function linesOf(events: readonly MatchstickEvent[], hasConsole = false): readonly Line[] {
  const lines: Line[] = [];
  for (const event of events) {
    if (event.type.startsWith('console.') && !hasConsole) continue;
    const before: MatchstickEvent[] = [];
    if (event.type === 'token.redeemed' || event.type === 'token.held') {
      for (let last = lines.at(-1); last && isMadeUpFor(last.event, event); last = lines.at(-1)) {
        before.unshift(last.event);
        lines.pop();
      }
    }
    lines.push({ event, before });
  }
  return lines;
}

function isMadeUpFor(earlier: MatchstickEvent, success: MatchstickEvent): boolean {
  const isRefusal = earlier.type === 'token.refused' || earlier.type === 'link.refused';
  return isRefusal && !earlier.secondUse && earlier.token?.jti === success.token?.jti;
}

export interface TimelineOptions {
  /** Each line leads to its token. */
  readonly linksTokens?: boolean;
  /** What the console did is told too. */
  readonly hasConsole?: boolean;
  /** The last line comes first. */
  readonly isNewestFirst?: boolean;
}

/** A list of what happened, made of events that are oldest first: what a line makes up for was before it. */
export function timelineOf(
  events: readonly MatchstickEvent[],
  nowMs: number,
  at: At,
  { linksTokens = false, hasConsole = false, isNewestFirst = false }: TimelineOptions = {},
): Markup {
  const told = linesOf(events, hasConsole);
  const lines = isNewestFirst ? told.toReversed() : told;
  if (lines.length === 0) return html`<p class="empty">No events are kept about this.</p>`;
  return html`<ol class="timeline">${lines.map((line) => lineOf(line, nowMs, linksTokens ? at : undefined))}</ol>`;
}

function lineOf({ event, before }: Line, nowMs: number, at: At | undefined): Markup {
  const { jti, purpose } = event.token ?? {};
  const tries = before.length === 1 ? 'one refused try' : `${before.length} refused tries`;
  return html`<li class="${toneOf(event)}"><p class="when">${timeElement(event.time, nowMs)}</p>
<p class="what">${sentenceOf(event)}${before.length > 0 ? `, after ${tries}` : ''}.${event.secondUse ? html` <strong class="badge">second use</strong>` : undefined}</p>
${at && jti ? html`<p class="facts">${pathLink(at(`tokens/${jti}`), `Token ${shortened(jti)}${purpose ? ` for ${purpose}` : ''}`)}</p>` : undefined}
${factsOf(event)}
${before.length > 0 ? html`<details><summary>Show ${tries}</summary><ol class="timeline">${before.map((each) => lineOf({ event: each, before: [] }, nowMs, undefined))}</ol></details>` : undefined}</li>`;
}

function factsOf({ client, requestId, instance, code }: MatchstickEvent): Markup {
  const facts = [
    ['from', client?.address],
    ['with', client?.agent],
    ['code', code],
    ['request', requestId],
    ['process', instance],
  ] as const;
  const known = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [html`<span><b>${name}</b> ${value}</span> `],
  );
  return html`<p class="facts">${known}</p>`;
}

/** An id as a column shows it. */
export function shortened(id: string): string {
  return id.length > 16 ? `${id.slice(0, 6)}…${id.slice(-6)}` : id;
}
