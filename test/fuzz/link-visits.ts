import fc from 'fast-check';
import { NEW_ATTEMPT } from '../http/link-page.ts';
import { type Edit, edited, edits, MOST_HEAD_CHARACTERS, strange } from './edits.ts';

/** What visitors, scanners and forgers send to links. Plain data. */

export const LINKS = ['leads', 'plain', 'coded', 'nowhere'] as const;
export type LinkName = (typeof LINKS)[number];

/** No page may have it as it is written here. */
export const MARK = '"><fuzz-mark>';

export interface Visit {
  readonly link: LinkName;
  readonly method: string;
  readonly reference: readonly Edit[];
  readonly query: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Whether its browser says that it comes from another site. */
  readonly isForeign: boolean;
  readonly attempt: string;
  readonly code: string;
  readonly form: readonly Edit[];
  readonly mediaType: string;
  readonly head: readonly Edit[];
}

const FORM = 'application/x-www-form-urlencoded';
export const ATTEMPT_CHARACTERS = NEW_ATTEMPT().length;
const ATTEMPTS = ['one', 'two'].map((word) => word.padEnd(ATTEMPT_CHARACTERS, 'A'));
const HEADERS: readonly (readonly [string, string])[] = [
  ...['de-AT,de;q=0.9', MARK, '*;q=0', ','.repeat(400), 'x-'.repeat(300), 'de;q=\u00e9'].map(
    (value) => ['Accept-Language', value] as const,
  ),
  ...['null', 'https://cap.example.test', 'https://evil.example.test', 'null, null', MARK, ''].map(
    (value) => ['Origin', value] as const,
  ),
  ...['same-origin', 'none', 'cross-site', 'same-site', 'SAME-ORIGIN', ''].map(
    (value) => ['Sec-Fetch-Site', value] as const,
  ),
  ...['prefetch', 'preview'].map((value) => ['Purpose', value] as const),
  ...([
    ['X-HTTP-Method-Override', 'POST'],
    ['X-Forwarded-Host', 'evil.example.test'],
    ['Range', 'bytes=0-1'],
  ] as const),
  ...([
    ['Cookie', MARK],
    ['Referer', MARK],
    ['User-Agent', MARK],
    ['Content-Encoding', 'gzip'],
    ['Expect', '100-continue'],
  ] as const),
];

function seldom<T>(usual: T, other: fc.Arbitrary<T>, weight = 4): fc.Arbitrary<T> {
  return fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
}

const no: readonly Edit[] = [];
const visit: fc.Arbitrary<Visit> = fc.record({
  link: fc.constantFrom(...LINKS, 'leads', 'plain', 'coded'),
  method: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('GET', 'POST') },
    fc.constantFrom('HEAD', 'OPTIONS', 'PUT', 'DELETE', 'BREW'),
  ),
  reference: seldom(no, edits(2)),
  query: seldom(
    '',
    fc.oneof(
      strange.map((text) => `?${text}`),
      fc.constantFrom('?_method=POST', `?attempt=${ATTEMPTS[0]}`, `?${MARK}`),
    ),
  ),
  headers: fc.array(fc.constantFrom(...HEADERS), { maxLength: 2 }),
  isForeign: seldom(false, fc.constant(true)),
  attempt: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ATTEMPTS) }, strange, fc.constant(MARK)),
  code: fc.oneof(
    { weight: 2, arbitrary: fc.constant('right') },
    fc.constantFrom('wrong', 'no digits', MARK),
    strange,
  ),
  form: seldom(no, edits(2)),
  mediaType: seldom(
    FORM,
    fc.constantFrom('', 'text/plain', 'application/json', `${FORM}; charset=utf-8`, `${FORM}; charset=utf-7`),
  ),
  head: seldom(no, edits(1), 6),
});

export const visits = fc.array(visit, { minLength: 1, maxLength: 4 });

/** A link as its minter knows it. */
export interface KnownLink {
  readonly path: string;
  readonly code?: string | undefined;
}

export interface BuiltVisit {
  readonly octets: Buffer;
  readonly id: string;
  /** The button was pressed as this attempt; undefined for one that the service draws. */
  readonly attempt: string | undefined;
  /** What is in the form, for whoever looks for a code. */
  readonly form: string;
  /** Its line and headers are as HTTP wants them, and it goes to a link. */
  readonly isReadable: boolean;
}

export function builtVisit(drawn: Visit, { path, code = '123456' }: KnownLink, id: string): BuiltVisit {
  const codes = new Map([
    ['right', code],
    ['wrong', code === '000000' ? '000001' : '000000'],
  ]);
  const fields = `attempt=${encodeURIComponent(wellFormed(drawn.attempt))}&code=${encodeURIComponent(wellFormed(codes.get(drawn.code) ?? drawn.code))}`;
  const form = edited(fields, drawn.form);
  const target = edited(path, drawn.reference) + drawn.query;
  const body = Buffer.from(drawn.method === 'POST' ? form : '');
  const headers = [
    ...['Host: service', `X-Request-Id: ${id}`],
    ...(drawn.isForeign ? ['Sec-Fetch-Site: cross-site'] : []),
    ...(body.length > 0 ? [`Content-Type: ${drawn.mediaType}`, `Content-Length: ${body.length}`] : []),
    ...drawn.headers.map(([name, value]) => `${name}: ${value}`),
  ];
  const head = `${[`${drawn.method} ${target} HTTP/1.1`, ...headers].join('\r\n')}\r\n\r\n`;
  return {
    octets: Buffer.concat([Buffer.from(edited(head, drawn.head)), body]),
    id,
    attempt: attemptIn(form),
    form,
    isReadable:
      drawn.head.length === 0 &&
      head.length < MOST_HEAD_CHARACTERS &&
      /^\/l\/[\w-]+(?:\?[\w=&]*)?$/.test(target),
  };
}

function attemptIn(form: string): string | undefined {
  const [attempt, ...more] = new URLSearchParams(form).getAll('attempt');
  return more.length === 0 &&
    attempt !== undefined &&
    /^[\w-]+$/.test(attempt) &&
    attempt.length === ATTEMPT_CHARACTERS
    ? attempt
    : undefined;
}

function wellFormed(text: string): string {
  return text.isWellFormed() ? text : '';
}
