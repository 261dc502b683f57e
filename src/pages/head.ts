import { html, type Markup } from './html.ts';
import { DARK, LIGHT } from './stylesheet.ts';

/** What the head of every page begins with: it fits a phone, no search engine keeps it, and browsers ask for no icon. */
export function commonHead(title: string): Markup {
  return html`<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="${LIGHT.page}" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="${DARK.page}" media="(prefers-color-scheme: dark)">
<title>${title}</title>
<link rel="icon" href="data:,">`;
}
