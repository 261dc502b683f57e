const ESCAPED = /%[0-9a-f]{2}/gi;
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;

/**
 * One spelling for all equivalent http and https URLs (RFC 3986 section 6.2.2): scheme and host in lower
 * case, no default port, no dot segments, unreserved characters as themselves, escapes in upper case.
 * Undefined for anything else, and for a URL with a user name or a fragment, which no request has.
 */
export function normalUrl(text: string): string | undefined {
  if (!/^https?:\/\/[^/?#\\]/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || text.includes('#')) return undefined;
  return new URL(url.href.replaceAll(ESCAPED, normalEscape)).href.replaceAll(ESCAPED, normalEscape);
}

/** The same without the query: what a DPoP proof names (RFC 9449 section 4.2). */
export function normalTarget(text: string): string | undefined {
  return normalUrl(text)?.replace(/\?.*$/, '');
}

function normalEscape(escaped: string): string {
  const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
  return UNRESERVED.test(character) ? character : escaped.toUpperCase();
}
