import type { Branding } from './branding.ts';
import { html, type Markup, styleElement } from './html.ts';
import { directionOf } from './language.ts';
import { DARK, LIGHT } from './stylesheet.ts';

export interface Content {
  /** What the tab says before the deployment's name. */
  readonly tabTitle: string;
  readonly body: Markup;
  /** More for its head. */
  readonly head?: Markup;
}

/** A whole page. The empty icon keeps browsers from asking for one. */
export function pageDocument(look: Branding, language: string, style: string, content: Content): string {
  const tabTitle = look.name ? `${content.tabTitle} – ${look.name}` : content.tabTitle;
  return html`<!doctype html>
<html lang="${language}" dir="${directionOf(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="${LIGHT.page}" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="${DARK.page}" media="(prefers-color-scheme: dark)">
<title>${tabTitle}</title>
<link rel="icon" href="data:,">
${content.head}
${styleElement(style)}
</head>
<body>
<main>
${brand(look)}
${content.body}
</main>
</body>
</html>
`.toString();
}

function brand({ name, logo }: Branding): Markup | undefined {
  if (!name) return undefined;
  if (!logo) return html`<p class="brand" translate="no">${name}</p>`;
  return html`<p class="brand"><img src="${logo}" alt="${name}"></p>`;
}
