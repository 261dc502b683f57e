import { asUrl } from '../contract/as-url.ts';
import type { Parsed } from '../contract/parsed.ts';
import { type FillingToken, type Placeholder, parseTemplate, placeholdersOf, tokenText } from './template.ts';

/** An http or https URL to which a link leads, with places that the token fills: in its path, and in values of its query. */
export interface Destination {
  /** As the deployment wrote it, and as a mint names it. */
  readonly text: string;
  /** What is between the places is in the normal form of URLs. */
  readonly parts: readonly (string | Slot)[];
}

interface Slot extends Placeholder {
  readonly isInPath: boolean;
}

/** A problem is a part of a sentence. */
export type ParsedDestination =
  | { readonly ok: true; readonly destination: Destination }
  | { readonly ok: false; readonly problem: string };

/** `wrongClaim` says what is wrong with putting a claim into a URL. */
export function parseDestination(
  text: string,
  wrongClaim: (name: string) => string | undefined = () => undefined,
): ParsedDestination {
  const [origin] = ORIGIN.exec(text) ?? [];
  const isAbout = (part: string) => /\{[^{}]*\}/.test(part);
  if (isAbout(origin ?? text.split('://', 1)[0] ?? '')) return wrong(ELSEWHERE);
  if (origin === undefined) return wrong(NO_URL);
  if (text.includes('#')) return wrong('must have no fragment');
  const template = parseTemplate(text, wrongClaim);
  if (!template.ok) return template;
  const { parts } = template.template;
  const placeholders = placeholdersOf(template.template);
  const marks = marksFor(text, placeholders.length);
  const left = [...marks];
  const marked = parts.map((part) => (typeof part === 'string' ? part : left.shift())).join('');
  const url = asUrl(marked);
  if (!url || !asUrl(origin)) return wrong(NO_URL);
  if (url.username !== '' || url.password !== '') return wrong('must have no user name and no password');
  const places = marks.map((mark) => placeOf(mark, url));
  if (places.includes(undefined)) return wrong(ELSEWHERE);
  const slots = placeholders.map((one, index) => ({ ...one, isInPath: places[index] === 'path' }));
  return { ok: true, destination: { text, parts: interleaved(url.href, marks, slots) } };
}

/** The URL for a token, or what keeps it from having one, by claim. Each value is percent-encoded, its slashes too. */
export function filledDestination({ parts }: Destination, token: FillingToken): Parsed<URL> {
  const slots = parts.filter((part) => typeof part !== 'string');
  const problems = slots.flatMap((slot) => {
    const message = valueProblem(tokenText(slot, token), slot);
    return message === undefined ? [] : [{ path: slot.path, message }];
  });
  if (problems.length > 0) return { ok: false, problems };
  const filled = parts.map((part) =>
    typeof part === 'string' ? part : encodeURIComponent(tokenText(part, token) ?? ''),
  );
  return { ok: true, value: new URL(filled.join('')) };
}

const ORIGIN = /^https?:\/\/[^/?#\\]*/i;
const NO_URL = 'must be an http or https URL';
const ELSEWHERE =
  'has a placeholder outside its path: they are allowed in the path and in the values of the query, never in the scheme, the host or the name of a parameter';
/** What URLs, or servers that decode them, take for the way up. */
const DOT_SEGMENT = /(?:^|[/\\])\.\.?(?:[/\\]|$)/;

function valueProblem(value: string | undefined, { isInPath }: Slot): string | undefined {
  if (value === undefined) return 'is needed for the address to which the link leads, as a text or a number';
  const about = 'is a part of the address to which the link leads: it must';
  if (!value.isWellFormed()) return `${about} not have lone surrogates`;
  if (/\p{Cc}/u.test(value)) return `${about} not have control characters`;
  if (isInPath && value === '') return `${about} not be empty`;
  return isInPath && DOT_SEGMENT.test(value) ? `${about} not have . or .. between slashes` : undefined;
}

/** Texts that stand for placeholders while a URL is parsed: nothing in it is like them, and no parser changes them. */
function marksFor(text: string, count: number): readonly string[] {
  let unlike = 'z';
  while (text.toLowerCase().includes(unlike)) unlike += 'z';
  return Array.from({ length: count }, (_, index) => `${unlike}${index}q`);
}

function placeOf(mark: string, { pathname, search }: URL): 'path' | 'value' | undefined {
  if (pathname.includes(mark)) return 'path';
  const pieces = search.slice(1).split('&');
  return pieces.some((piece) => piece.includes('=') && piece.slice(piece.indexOf('=')).includes(mark))
    ? 'value'
    : undefined;
}

function interleaved(href: string, marks: readonly string[], slots: readonly Slot[]): Destination['parts'] {
  let rest = href;
  const parts = slots.flatMap((slot, index) => {
    const [mark = ''] = marks.slice(index);
    const at = rest.indexOf(mark);
    const literal = rest.slice(0, at);
    rest = rest.slice(at + mark.length);
    return [literal, slot];
  });
  return [...parts, rest];
}

function wrong(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}
