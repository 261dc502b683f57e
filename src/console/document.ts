import type { Branding } from '../pages/branding.ts';
import { commonHead } from '../pages/head.ts';
import { hereLink, html, type Markup, pageFiles, pathLink, postForm } from '../pages/html.ts';
import type { Session } from './session.ts';

/** The path of a place in the console. */
export type At = (place: string) => string;

/** A page of the console, before it is written out. */
export interface Shown {
  readonly title: string;
  readonly body: Markup;
  readonly status?: number;
  /** Which of the views it is. */
  readonly place?: Section;
  /** It is fetched again when something happens that this query means. */
  readonly follows?: string;
}

/** What the pages are made of, by path. */
export interface Files {
  readonly style: string;
  readonly modules: readonly string[];
}

export const PLACES = [
  ['', 'Search'],
  ['events', 'Events'],
  ['activity', 'Activity'],
  ['trouble', 'Trouble'],
  ['keys', 'Keys'],
  ['service', 'Service'],
] as const;

export type Section = (typeof PLACES)[number][0];

export function consoleDocument(
  { title, body, place, follows }: Shown,
  session: Session | undefined,
  { at, files, look }: { readonly at: At; readonly files: Files; readonly look: Pick<Branding, 'name'> },
): string {
  const name = look.name === undefined ? 'Matchstick console' : `${look.name} · Matchstick console`;
  return html`<!doctype html>
<html lang="en">
<head>
${commonHead(`${title} – ${name}`)}
${pageFiles(files.style, files.modules)}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<p class="brand">${name}</p>
${session ? navigation(place, session, at) : undefined}
</header>
<main id="main" tabindex="-1" data-follows="${follows ?? ''}">
${body}
</main>
</body>
</html>
`.toString();
}

function navigation(place: Section | undefined, session: Session, at: At): Markup {
  const { name, operator } = session.caller;
  return html`<nav aria-label="Views">${PLACES.map(([path, text]) =>
    path === place ? hereLink(at(path), text) : pathLink(at(path), text),
  )}</nav>
<div class="who"><span>${name} <span class="badge">${operator === 'manage' ? 'may revoke' : 'may look'}</span></span>
${postForm(at('sign-out'), html`${formToken(session)}<button class="quiet" type="submit">Sign out</button>`)}</div>`;
}

/** What a form sends so that it is known to be one of ours. */
export function formToken({ formToken: value }: Session): Markup {
  return html`<input type="hidden" name="form" value="${value}">`;
}

/** A table that scrolls by itself where it is wider than the page. */
export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly (Markup | string | number)[])[],
): Markup {
  if (rows.length === 0)
    return html`<h2>${caption}</h2><p class="empty">Nothing, as far back as events are kept.</p>`;
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map(([first = '', ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => (typeof cell === 'number' ? html`<td class="number">${cell}</td>` : html`<td>${cell}</td>`))}</tr>`)}</tbody></table></div>`;
}
