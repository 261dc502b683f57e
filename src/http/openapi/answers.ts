import type { z } from 'zod';
import { COMMON_HEADERS } from '../../problem.ts';
import type { Route } from '../route.ts';
import type { JsonSchema } from './json-schema.ts';
import { problemHeaders, problemSample, problemsOf, statusOf } from './problems.ts';

/** What each header that an answer may have says. */
const HEADERS: Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>> = {
  'X-Request-Id': {
    description: 'Names the request in the log and in events: yours, if you sent one, or a new one.',
    schema: { type: 'string' },
  },
  'Cache-Control': {
    description: 'Whether the answer may be cached, and for how long.',
    schema: { type: 'string' },
  },
  Location: { description: 'Where to continue.', schema: { type: 'string', format: 'uri-reference' } },
  'Retry-After': {
    description: 'How many seconds to wait before you try again.',
    schema: { type: 'integer', minimum: 0 },
  },
  'RateLimit-Policy': {
    description:
      'The limit: how many requests in a window of how many seconds (draft-ietf-httpapi-ratelimit-headers-11).',
    schema: { type: 'string' },
  },
  RateLimit: {
    description: 'What is left of the limit, and for how many seconds.',
    schema: { type: 'string' },
  },
  'WWW-Authenticate': { description: 'How to authenticate: Bearer.', schema: { type: 'string' } },
};

/** Headers of every answer that says something. */
const EVERYWHERE = ['X-Request-Id', 'Cache-Control'];
/** Described by the answer itself, or the same everywhere and of no use to programs. */
const UNLISTED = new Set(['Content-Type', 'Allow', ...Object.keys(COMMON_HEADERS)]);

/** The components that answers refer to. */
export const HEADER_COMPONENTS: Readonly<Record<string, unknown>> = HEADERS;

/** What a route can answer, by status. */
export function answersOf(
  route: Route,
  refTo: (schema: z.core.$ZodType) => JsonSchema,
  problemRef: JsonSchema,
): Readonly<Record<string, unknown>> {
  const answers = new Map<number, object>();
  for (const [status, { description, body, headers = {} }] of Object.entries(route.replies)) {
    const mediaType = headers['Content-Type']?.split(';')[0] ?? 'application/json';
    answers.set(Number(status), {
      description,
      headers: headersOf([...EVERYWHERE, ...Object.keys(headers)]),
      content: {
        [mediaType]: { schema: refTo(body) },
        ...(route.streams ? { 'text/event-stream': { schema: { type: 'string' } } } : {}),
      },
    });
  }
  if (route.pages) for (const [status, page] of pagesOf(route.pages)) answers.set(status, page);
  else for (const [status, problem] of refusalsOf(route, problemRef)) answers.set(status, problem);
  const inOrder = [...answers].sort(([one], [other]) => one - other);
  return Object.fromEntries(inOrder.map(([status, answer]) => [String(status), answer]));
}

function refusalsOf(route: Route, problemRef: JsonSchema): ReadonlyMap<number, object> {
  const codes = problemsOf(route);
  const statuses = new Set(codes.map(statusOf).filter((status) => !(status in route.replies)));
  const answered = [...statuses].map(
    (status) => [status, codes.filter((code) => statusOf(code) === status)] as const,
  );
  return new Map(
    answered.map(([status, list]) => [
      status,
      {
        description: list.join(', '),
        headers: headersOf([...EVERYWHERE, ...list.flatMap(problemHeaders)]),
        content: {
          'application/problem+json': {
            schema: problemRef,
            examples: Object.fromEntries(list.map((code) => [code, { value: problemSample(code) }])),
          },
        },
      },
    ]),
  );
}

const PAGE_STATUSES = [400, 404, 413, 415, 500];

function pagesOf(statuses: readonly number[]): readonly (readonly [number, object])[] {
  const content = { 'text/html': { schema: { type: 'string' } } };
  return [...new Set([...statuses, ...PAGE_STATUSES])].map((status) => {
    const isRedirect = status === 303;
    const names = [
      ...EVERYWHERE,
      ...(isRedirect ? ['Location'] : []),
      ...(status === 503 ? ['Retry-After'] : []),
    ];
    return [
      status,
      {
        description: isRedirect
          ? 'Redeemed: on to what it opens, or to where the purpose leads'
          : 'A page for a person',
        headers: headersOf(names),
        ...(isRedirect ? {} : { content }),
      },
    ] as const;
  });
}

function headersOf(names: readonly string[]): Readonly<Record<string, unknown>> {
  const listed = names.filter((name) => !UNLISTED.has(name) || EVERYWHERE.includes(name));
  return Object.fromEntries(
    [...new Set(listed)].map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );
}
