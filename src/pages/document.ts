import type { Branding } from './branding.ts';
import { commonHead } from './head.ts';
import { html, type Markup, styleElement } from './html.ts';
import { directionOf } from './language.ts';

export interface Content {
  /** What the tab says before the deployment's name. */
  readonly tabTitle: string;
  readonly body: Markup;
  /** More for its head. */
  readonly head?: Markup;
}

/** A whole page. */
export function pageDocument(look: Branding, language: string, style: string, content: Content): string {
  const tabTitle = look.name ? `${content.tabTitle} – ${look.name}` : content.tabTitle;
  return html`<!doctype html>
<html lang="${language}" dir="${directionOf(language)}">
<head>
${commonHead(tabTitle)}
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
