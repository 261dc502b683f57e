import Negotiator from 'negotiator';

/** Browsers send far less. What comes after is not read, so that a long header costs no time. */
const MAX_HEADER_LENGTH = 500;

/** Scripts that are written from right to left (ISO 15924). */
const RIGHT_TO_LEFT = new Set([
  'Adlm',
  'Arab',
  'Hebr',
  'Mand',
  'Mend',
  'Nkoo',
  'Rohg',
  'Samr',
  'Syrc',
  'Thaa',
]);

/**
 * The language among `available` that an Accept-Language header (RFC 9110 section 12.5.4) asks for: `de`
 * for `de-AT`. The first one when the header asks for none of them, is absent, or cannot be read.
 */
export function negotiateLanguage(
  acceptLanguage: string | undefined,
  available: readonly [string, ...string[]],
): string {
  const header = acceptLanguage?.slice(0, MAX_HEADER_LENGTH);
  const negotiator = new Negotiator({ headers: { 'accept-language': header } });
  return negotiator.language(available) ?? available[0];
}

/** The direction in which a language is written, for the `dir` attribute. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.has(new Intl.Locale(language).maximize().script ?? '') ? 'rtl' : 'ltr';
}
