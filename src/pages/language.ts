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
 * The language among `available` that an Accept-Language header (RFC 9110 section 12.5.4) asks for, found by lookup
 * (RFC 4647 section 3.4) with the likely script of each tag (UTS 35): `de` for `de-AT`, `zh-Hant` for `zh-TW`, and never
 * `zh-Hant` for `zh-CN`. The first one when the header asks for none of them, is absent, or cannot be read.
 */
export function negotiateLanguage(
  acceptLanguage: string | undefined,
  available: readonly [string, ...string[]],
): string {
  const header = acceptLanguage?.slice(0, MAX_HEADER_LENGTH);
  if (header === undefined) return available[0];
  const welcome = available.filter((tag) => !isRefused(tag, header));
  for (const range of negotiatorOf(header).languages()) {
    const found = range === '*' ? welcome[0] : lookUp(range, welcome);
    if (found !== undefined) return found;
  }
  return available[0];
}

/** Whether the header gives this language, more exactly than by `*`, the weight 0. */
function isRefused(tag: string, header: string): boolean {
  return negotiatorOf(`${header},*;q=0.001`).languages([tag]).length === 0;
}

function negotiatorOf(header: string): Negotiator {
  return new Negotiator({ headers: { 'accept-language': header } });
}

/**
 * The best of these languages for somebody who reads `range`: the tag itself, or with subtags taken off its end, or of
 * the same region, or of another. Always in the script of the range.
 */
function lookUp(range: string, tags: readonly string[]): string | undefined {
  const wanted = localeOf(range);
  if (!wanted) return undefined;
  const { language, script, region } = wanted.maximize();
  const readable = tags.flatMap((tag) => {
    const locale = localeOf(tag);
    const likely = locale?.maximize();
    return locale && likely?.language === language && likely.script === script
      ? [{ tag, locale, likely }]
      : [];
  });
  const subtags = wanted.baseName.split('-');
  const shorter = subtags.map((_, index) => subtags.slice(0, subtags.length - index).join('-'));
  const [exact] = shorter.flatMap((each) => readable.filter(({ locale }) => locale.baseName === each));
  return (exact ?? readable.find(({ likely }) => likely.region === region) ?? readable[0])?.tag;
}

/** Undefined for anything but a language tag. */
function localeOf(tag: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(tag);
  } catch {
    return undefined;
  }
}

/** The direction in which a language is written, for the `dir` attribute. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.has(new Intl.Locale(language).maximize().script ?? '') ? 'rtl' : 'ltr';
}
