import type { Content } from './document.ts';
import { html, linkElement, refreshElement } from './html.ts';
import type { PageTexts } from './texts.ts';

/**
 * The page that takes a visitor on after the button. A redirect would be held to the form policy of the page before, and so
 * would every redirect after it: where the application redirects to a third origin, browsers would silently stay.
 */
export function leadsContent(to: string, { leadsTitle, leadsText, button }: PageTexts): Content {
  return {
    tabTitle: leadsTitle,
    head: refreshElement(to),
    body: html`<h1>${leadsTitle}</h1>
<p>${leadsText}</p>
${linkElement(to, button)}`,
  };
}
