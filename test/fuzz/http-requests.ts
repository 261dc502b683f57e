import fc from 'fast-check';
import { allRoutes } from '../../src/http/routes.ts';
import { type Edit, edited, edits, MOST_HEAD_CHARACTERS, STRANGE, strange } from './edits.ts';
import { editedJson, type MemberEdits, memberEdits } from './json-members.ts';
import { ATTEMPT_CHARACTERS } from './link-visits.ts';

/** Requests to every route, made of right ones. Plain data. */

/** The routes as values: none of them is run. */
export const ROUTES = allRoutes(new Proxy(Object.create(null), { get: () => ({}) }));

/** What a right request names. */
export interface Named {
  readonly token: string;
  readonly jti: string;
  readonly subject: string;
  /** `Bearer <key>`, by who asks; nobody sends none. */
  readonly authorization: Readonly<Record<string, string>>;
}

const FRAMINGS = [
  'length',
  'chunked',
  'both',
  'neither',
  'short',
  'long',
  'endless',
  'twice',
  'odd',
  'bad chunks',
] as const;

export interface Shape {
  readonly route: number;
  /** Which of the bodies that the route takes. */
  readonly choice: number;
  readonly as: string;
  readonly method: string;
  readonly target: readonly Edit[];
  readonly query: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: MemberEdits;
  readonly text: readonly Edit[];
  readonly framing: (typeof FRAMINGS)[number];
  /** Of the octets of line and headers. */
  readonly head: readonly Edit[];
}

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PROPFIND',
  'QUERY',
  'get',
];
const HEADERS: readonly (readonly [string, string])[] = [
  ...[
    'application/json',
    'application/json; charset=utf-8',
    'application/json; charset=latin1',
    'text/plain',
    '',
  ].map((value) => ['Content-Type', value] as const),
  ...['k', 'k', 'k'.repeat(255), 'k'.repeat(256), 'two words', '', 'é'].map(
    (value) => ['Idempotency-Key', value] as const,
  ),
  ...['100-continue', 'tea'].map((value) => ['Expect', value] as const),
  ...['close', 'keep-alive', 'upgrade', 'transfer-encoding', 'x-request-id'].map(
    (value) => ['Connection', value] as const,
  ),
  ...['gzip', 'identity', 'deflate, gzip'].map((value) => ['Content-Encoding', value] as const),
  ...['chunked', 'gzip, chunked', 'chunked, chunked', 'identity', ' chunked', 'CHUNKED'].map(
    (value) => ['Transfer-Encoding', value] as const,
  ),
  ...['websocket', 'h2c'].map((value) => ['Upgrade', value] as const),
  ...['evil.example.test', '', 'a b'].map((value) => ['Host', value] as const),
  ...['Bearer', 'Bearer x', 'Basic eDp4', 'Bearer a, Bearer b', ''].map(
    (value) => ['Authorization', value] as const,
  ),
  ...([
    ['X-HTTP-Method-Override', 'POST'],
    ['Range', 'bytes=0-1'],
    ['If-None-Match', '*'],
    ['Origin', 'null'],
  ] as const),
  ...([
    ['X-Forwarded-For', '1.2.3.4'],
    ['Forwarded', 'for="_x"'],
    ['Accept-Language', 'de;q=2,,*'],
    ['Cookie', '__proto__=1'],
  ] as const),
  ...([
    ['Trailer', 'X-A'],
    ['TE', 'trailers'],
    ['Content-Length', '0'],
    ['Max-Forwards', '0'],
  ] as const),
  ...([
    ['X-A', 'a'.repeat(17_000)],
    ['X-A', 'a'.repeat(9000)],
    ['__proto__', 'x'],
    ['constructor', 'x'],
  ] as const),
];
const NAMES = [
  ...[
    'token',
    'purpose',
    'audience',
    'subject',
    'claims',
    'expiresIn',
    'uses',
    'bind',
    'link',
    'hold',
    'proof',
  ],
  ...['jti', 'tokens', 'store', 'operation', 'key', 'redemptionId', 'attempt', 'code'],
];
const VALUES = [
  ...[
    '"file-download"',
    '"password-reset"',
    '"service-call"',
    '"billing"',
    '{"key":"a"}',
    '1',
    '60',
    '300',
    '3601',
    'true',
  ],
  ...[
    '{"session":"s"}',
    '{"request":{"method":"GET","url":"https://a.test/"}}',
    '{"dpop":"a.b.c"}',
    '[[]]',
    '"get"',
    '"post"',
  ],
];

/** Mostly as it should be. */
function seldom<T>(usual: T, other: fc.Arbitrary<T>, weight = 5): fc.Arbitrary<T> {
  return fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
}

const no: readonly Edit[] = [];
export const shapes: fc.Arbitrary<Shape> = fc.record({
  route: fc.nat({ max: ROUTES.length - 1 }),
  choice: fc.nat({ max: 5 }),
  as: seldom('main', fc.constantFrom('nobody', 'reader', 'a stranger'), 4),
  method: seldom('', fc.oneof(fc.constantFrom(...METHODS), fc.constantFrom(...STRANGE)), 5),
  target: seldom(no, edits(2)),
  query: seldom(
    '',
    strange.map((text) => `?${text}`),
    8,
  ),
  headers: fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...HEADERS) },
      fc.tuple(fc.constantFrom('X-A', 'Idempotency-Key'), strange),
    ),
    {
      maxLength: 2,
    },
  ),
  body: seldom<MemberEdits>({ edits: [], gap: '' }, memberEdits(NAMES, VALUES), 1),
  text: seldom(no, edits(2)),
  framing: seldom<Shape['framing']>('length', fc.constantFrom(...FRAMINGS), 3),
  head: seldom(no, edits(2), 5),
});

/** A request, and what it is as far as that is known. */
export interface Built {
  readonly octets: Buffer;
  readonly id: string;
  readonly method: string;
  /** The path that it goes to; undefined where routers may differ. */
  readonly path?: string;
  /** Nothing but its body and its words was touched, so it must get exactly one answer. */
  readonly isFramed: boolean;
}

export function built(shape: Shape, named: Named, id: string): Built {
  const route = ROUTES[shape.route % ROUTES.length];
  if (!route) throw new TypeError('there is no route');
  const method = shape.method || route.method;
  const jti = shape.choice === 0 ? named.jti : unsigned(named.jti, shape.choice);
  const right = route.path
    .replace(':jti', jti)
    .replace(':id', `${jti}${'A'.repeat(ATTEMPT_CHARACTERS)}`)
    .replace(':ref', 'A'.repeat(22));
  const target = edited(right, shape.target) + shape.query;
  const bodies = bodiesOf(route.path, named);
  const body = bodies[shape.choice % bodies.length];
  const text = body === undefined ? '' : edited(editedJson(body, shape.body), shape.text);
  const { lines, content } = framed(Buffer.from(text), shape.framing, body === undefined);
  const authorization = named.authorization[shape.as];
  const headers = [
    ...['Host: service', `X-Request-Id: ${id}`],
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    ...(body === undefined || shape.headers.some(([name]) => name === 'Content-Type')
      ? []
      : ['Content-Type: application/json']),
    ...shape.headers.map(([name, value]) => `${name}: ${value}`),
    ...lines,
  ];
  const head = edited(`${[`${method} ${target} HTTP/1.1`, ...headers].join('\r\n')}\r\n\r\n`, shape.head);
  const isFramed =
    shape.head.length === 0 &&
    shape.headers.length === 0 &&
    head.length < MOST_HEAD_CHARACTERS &&
    isPlain(method, target) &&
    isKnown(shape);
  const [path = ''] = target.split('?');
  return {
    octets: Buffer.concat([Buffer.from(head), content]),
    id,
    method,
    ...(isFramed ? { path } : {}),
    isFramed,
  };
}

function isPlain(method: string, target: string): boolean {
  return (
    /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(method) && /^\/[\w./-]*(?:\?[\w=&]*)?$/.test(target)
  );
}

function isKnown({ framing }: Shape): boolean {
  return framing === 'length' || framing === 'chunked';
}

function framed(
  body: Buffer,
  how: Shape['framing'],
  isEmpty: boolean,
): { lines: readonly string[]; content: Buffer } {
  const length = `Content-Length: ${body.length}`;
  const chunked = 'Transfer-Encoding: chunked';
  const chunks = Buffer.concat([
    Buffer.from(`${body.length.toString(16)};a=b\r\n`),
    body,
    Buffer.from('\r\n0\r\n\r\n'),
  ]);
  if (isEmpty && how === 'length') return { lines: [], content: body };
  switch (how) {
    case 'length':
      return { lines: [length], content: body };
    case 'chunked':
      return { lines: [chunked], content: body.length === 0 ? Buffer.from('0\r\n\r\n') : chunks };
    case 'both':
      return { lines: [length, chunked], content: chunks };
    case 'neither':
      return { lines: [], content: body };
    case 'short':
      return { lines: [`Content-Length: ${Math.max(body.length - 5, 0)}`], content: body };
    case 'long':
      return { lines: [`Content-Length: ${body.length + 5}`], content: body };
    case 'endless':
      return { lines: [`Content-Length: ${body.length + 9000}`], content: body };
    case 'twice':
      return { lines: [length, length], content: body };
    case 'odd':
      return { lines: [`Content-Length: +${body.length}`], content: body };
    case 'bad chunks':
      return {
        lines: [chunked],
        content: Buffer.concat([Buffer.from('1\r\n'), body, Buffer.from('\r\n0\r\n\r\n')]),
      };
  }
}

/** A well-formed jti that nobody signed: of a shard that is not there, of a late end, of another epoch, or of more uses. */
function unsigned(jti: string, choice: number): string {
  const octets = Buffer.from(jti, 'base64url');
  if (choice === 1) octets[3] = 200;
  if (choice === 2) octets.writeUInt32BE(0xff_ff_ff_ff, 7);
  if (choice === 3) octets.fill(1, 11, 23);
  if (choice === 4) octets[4] = 2;
  return octets.toString('base64url');
}

/** The bodies that a call takes. Those that burn or revoke name the token of this run. */
function bodiesOf(path: string, { token, jti, subject }: Named): readonly object[] {
  const mint = { purpose: 'file-download', subject, claims: { key: 'a' }, expiresIn: 60 };
  const redeem = { token, purpose: 'password-reset' };
  const bodies: Readonly<Record<string, readonly object[]>> = {
    '/v1/tokens': [mint, { ...mint, link: false }],
    '/v1/tokens/batch': [{ tokens: [mint, mint] }],
    '/v1/redemptions': [
      { ...redeem, purpose: 'service-call' },
      { ...redeem, audience: 'billing' },
      redeem,
      { ...redeem, hold: 60 },
    ],
    '/v1/revocations': [
      { jti: unsigned(jti, 1) },
      { jti: `${jti}x` },
      { jti: unsigned(jti, 2) },
      { subject: `${subject}x`, purpose: 'none' },
      { token },
      { jti, subject },
    ],
    '/v1/tokens/inspect': [{ token }],
    '/v1/s3/urls': [{ store: 'reports', operation: 'get', key: 'a/b', expiresIn: 30 }],
    '/l/:ref': [{ attempt: 'A'.repeat(ATTEMPT_CHARACTERS) }],
  };
  return bodies[path] ?? (path.startsWith('/v1/redemptions/') ? [{}] : []);
}
