import { asUrl } from '../contract/as-url.ts';
import type { Page } from '../pages/view.ts';
import { type Answer, COMMON_HEADERS } from '../problem.ts';

/** Where the button of a page was pressed, as its browser tells. */
export interface PressHeaders {
  readonly origin?: string | undefined;
  readonly host?: string | undefined;
  readonly 'sec-fetch-site'?: string | undefined;
}

export function pageAnswer(
  status: number,
  { html, headers }: Page,
  more: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers: { ...COMMON_HEADERS, ...headers, ...more }, body: html };
}

/** On to a URL that only this visitor is to have (RFC 9110 section 15.4.4): neither stored nor told as a referrer. */
export function seeOther(location: string): Answer {
  return {
    status: 303,
    headers: { ...COMMON_HEADERS, Location: location, 'X-Robots-Tag': 'noindex' },
    body: '',
  };
}

/**
 * Whether a press came from a page of the service, from elsewhere, or does not say: our pages send no
 * referrer, so their Origin is `null`, and browsers tell Sec-Fetch-Site only over https and to localhost.
 */
export function pressedAt(headers: PressHeaders, issuer: string): 'here' | 'elsewhere' | 'unknown' {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'elsewhere';
  if (origin === undefined || origin === 'null') return site === 'same-origin' ? 'here' : 'unknown';
  const from = asUrl(origin);
  if (!from) return 'elsewhere';
  const isOurs = origin === new URL(issuer).origin || from.host === host;
  return isOurs ? 'here' : 'elsewhere';
}
