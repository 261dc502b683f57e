import * as z from 'zod/mini';
import { consoleRoutes } from '../../src/console/routes.ts';
import { problemDetails } from '../../src/contract/replies.ts';
import { type ErrorCode, problemType } from '../../src/errors.ts';
import { linkTarget } from '../../src/http/link-path.ts';
import { allRoutes } from '../../src/http/routes.ts';

/** What came back over HTTP. */
export interface HttpAnswer {
  readonly method: string;
  /** Without a query. */
  readonly path: string;
  readonly status: number;
  readonly mediaType: string;
  readonly text: string;
}

/** What any route may refuse with; the rest is in each route's own list. */
const ANYWHERE: readonly ErrorCode[] = [
  'request_invalid',
  'caller_unknown',
  'caller_forbidden',
  'not_found',
  'method_not_allowed',
  'request_too_large',
  'media_type_unsupported',
  'rate_limited',
  'internal',
];

/** The routes as values: none of them is run. */
const NOTHING = new Proxy(Object.create(null), { get: () => ({}) });
const ROUTES = [
  ...allRoutes(NOTHING),
  ...consoleRoutes({
    ...Object.create(null),
    ...{ issuer: 'https://cap.example.test', files: [], operations: NOTHING },
  }),
];

/** What is wrong with an answer, by the schema of its route and status; undefined if nothing is. */
export function faultOf({ method, path, status, mediaType, text }: HttpAnswer): string | undefined {
  if (method === 'HEAD' || method === 'OPTIONS') return text === '' ? undefined : 'has a body';
  if (status === 304) return text === '' ? undefined : 'has a body';
  const route = ROUTES.find(
    (each) => each.method === method && pathPattern(each.path).test(linkTarget(path)),
  );
  if (route?.isUnlisted && status === 200) {
    return /^text\/(?:html|javascript|css); charset=utf-8$/.test(mediaType) ? undefined : `is ${mediaType}`;
  }
  if (route?.onError) {
    // A person's route: pages, and redirects without a body.
    return mediaType.startsWith('text/html') || (status === 303 && text === '') || status === 404
      ? undefined
      : `is ${mediaType}`;
  }
  if (mediaType.startsWith('text/event-stream')) {
    return status === 200 && (path === '/v1/events' || path === '/console/live')
      ? undefined
      : `is ${mediaType}`;
  }
  const reply = route?.replies[status];
  let body: unknown = text;
  try {
    if (!mediaType.startsWith('text/plain')) body = JSON.parse(text);
  } catch {
    return 'is not JSON';
  }
  if (mediaType === 'application/problem+json') {
    const problem = problemDetails.safeParse(body);
    if (!problem.success) return problem.error.message;
    const { code, type } = problem.data;
    if (problem.data.status !== status || type !== problemType(code)) return 'names another status or type';
    return [...ANYWHERE, ...(route?.problems ?? [])].includes(code)
      ? undefined
      : `is ${code}, which its route does not list`;
  }
  if (!reply) return 'has a status that its route does not list';
  if (mediaType !== (reply.headers?.['Content-Type'] ?? 'application/json')) return `is ${mediaType}`;
  return z.safeParse(reply.body, body).error?.message;
}

function pathPattern(path: string): RegExp {
  const parts = path.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll('.', '\\.')));
  return new RegExp(`^${parts.join('/')}$`);
}

interface Watched {
  readonly pending: Promise<unknown>[];
  readonly faults: string[];
}

const watched = new Map<string, Watched>();
const plainFetch = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const response = await plainFetch(input, init);
  const asked = input instanceof Request ? input : undefined;
  const { origin, pathname } = new URL(asked?.url ?? String(input));
  const watch = watched.get(origin);
  const method = init?.method ?? asked?.method ?? 'GET';
  if (watch) watch.pending.push(check(watch, method, pathname, response.clone()));
  return response;
};

/**
 * Looks at every answer that `fetch` gets from this service, whoever asked. The returned function rejects with
 * whatever did not fit, and ends the watch.
 */
export function watchAnswers(url: string): () => Promise<void> {
  const { origin } = new URL(url);
  const watch: Watched = { pending: [], faults: [] };
  watched.set(origin, watch);
  return async () => {
    watched.delete(origin);
    await Promise.all(watch.pending);
    if (watch.faults.length > 0) throw new Error(watch.faults.join('\n'));
  };
}

async function check({ faults }: Watched, method: string, path: string, response: Response): Promise<void> {
  let text: string;
  try {
    text = await response.text();
  } catch {
    return; // It broke off: there is no answer.
  }
  const mediaType = response.headers.get('content-type') ?? '';
  const fault = faultOf({ method, path, status: response.status, mediaType, text });
  if (fault !== undefined)
    faults.push(`${method} ${path} answered ${response.status}: ${text.slice(0, 1000)}\n${fault}`);
}
