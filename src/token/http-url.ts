import { asUrl } from '../contract/as-url.ts';

const ESCAPED = /%[\da-f]{2}/gi;
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;
/** Scheme and authority, the latter without a user name; then a path, a query or nothing. */
const ABSOLUTE = /^https?:\/\/[^/?#@]+(?:[/?#]|$)/i;
/** What no URI has (RFC 3986 section 2) and URL parsers take away or mend. */
const IN_NO_URI = /[\p{Cc} \\]|%(?![\da-f]{2})/iu;
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/**
 * One spelling for all equivalent http and https URLs (RFC 3986 section 6.2.2): scheme and host in lower
 * case, no default port, no dot segments, unreserved characters as themselves, escapes in upper case.
 * Undefined for anything else, and for a URL with a user name or a fragment, which no request has.
 */
export function normalUrl(text: string): string | undefined {
  if (!ABSOLUTE.test(text) || IN_NO_URI.test(text) || text.includes('#')) return undefined;
  return asUrl(text)?.href.replaceAll(ESCAPED, normalEscape);
}

/**
 * The same for the URL of a request that was received. Undefined also when it has dot segments: clients take
 * them away, and a server may well serve `/admin/../orders` from `/admin`.
 */
export function receivedUrl(text: string): string | undefined {
  return DOT_SEGMENT.test(withoutQuery(text)) ? undefined : normalUrl(text);
}

/** The normal spelling without query and fragment: what a DPoP proof is for (RFC 9449 section 4.3). */
export function normalTarget(text: string): string | undefined {
  return normalUrl(withoutQuery(text));
}

function withoutQuery(text: string): string {
  return text.split(/[?#]/, 1)[0] ?? '';
}

function normalEscape(escaped: string): string {
  const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
  return UNRESERVED.test(character) ? character : escaped.toUpperCase();
}
