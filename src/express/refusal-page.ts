import type { RefusalView } from '../guard/refuse.ts';
import { renderPages } from '../pages/render.ts';
import { SHIPPED_TEXTS } from '../pages/texts.ts';
import { type Answer, COMMON_HEADERS } from '../problem.ts';

/** The app's own look is not known here: these pages have neither a name nor a color of their own. */
const render = renderPages({
  color: '#1f5fd1',
  language: 'en',
  texts: SHIPPED_TEXTS,
  purposes: new Map(),
});

/** What a person's browser gets instead of a problem: a page of the same status. */
export function refusalPage(
  { status, headers: { 'Retry-After': retryAfter, Allow: allow } }: Answer,
  view: RefusalView,
  acceptLanguage: string | undefined,
): Answer {
  const { html, headers } = render({ kind: view }, acceptLanguage);
  return {
    status,
    headers: {
      ...COMMON_HEADERS,
      ...headers,
      ...(retryAfter === undefined ? {} : { 'Retry-After': retryAfter }),
      ...(allow === undefined ? {} : { Allow: allow }),
    },
    body: html,
  };
}
