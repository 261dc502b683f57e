import type { Content } from './document.ts';
import { html, type Markup } from './html.ts';

/** A page that says how things are and asks for nothing. */
export function statement(sign: keyof typeof SIGNS, title: string, text: string): Content {
  return {
    tabTitle: title,
    body: html`${SIGNS[sign]}
<h1>${title}</h1>
<p>${text}</p>`,
  };
}

/** Drawn beside the words, which say it all. */
const SIGNS = {
  done: sign('sign good', html`<circle cx="12" cy="12" r="9.25"/><path d="m8 12.4 2.7 2.7L16 9.6"/>`),
  dead: sign(
    'sign',
    html`<path d="m9.5 14.5 1-1M13.5 10.5l1-1M11.2 6.8l1.7-1.7a4.2 4.2 0 0 1 6 6l-1.7 1.7M12.8 17.2l-1.7 1.7a4.2 4.2 0 0 1-6-6l1.7-1.7M4 4l16 16"/>`,
  ),
  wait: sign('sign', html`<circle cx="12" cy="12" r="9.25"/><path d="M12 6.8V12l3.4 2"/>`),
};

function sign(className: string, shapes: Markup): Markup {
  return html`<svg class="${className}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">${shapes}</svg>`;
}
