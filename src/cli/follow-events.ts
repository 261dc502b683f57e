import { isObject } from '../client/is-answer.ts';
import { reviveProblem } from '../client/revive-problem.ts';
import type { Fetch } from '../client/web.ts';
import { MatchstickError } from '../errors.ts';
import type { AskedService } from './ask-service.ts';
import { hintFor } from './failed-fetch.ts';
import { EXIT, Unreachable } from './failure.ts';
import type { CommandSurroundings } from './surroundings.ts';

const PAUSE_MS = 1000;

const ANSWER_MS = 10_000;
/** No event comes near it. */
const MOST_CHARACTERS = 1_048_576;
const PASSING: ReadonlySet<string> = new Set(['ledger_unavailable', 'rate_limited']);

/**
 * Prints events as they happen, one JSON object a line, until nobody reads them. A stream that ends is taken up after the
 * last event, as soon as the service is there again. Throws if the service refuses, or is not there at the beginning.
 */
export async function followEvents(
  { base, key }: AskedService,
  query: string,
  { fetch, stdout, stderr, unread }: CommandSurroundings,
): Promise<number> {
  let last: string | undefined;
  let state: 'new' | 'followed' | 'lost' = 'new';
  while (!unread.aborted) {
    const from = last === undefined ? {} : { 'Last-Event-ID': last };
    const headers = { Authorization: `Bearer ${key}`, Accept: 'text/event-stream', ...from };
    try {
      const response = await openStream(`${base}/v1/events${query}`, headers, fetch, unread);
      if (state !== 'followed')
        stderr(state === 'new' ? 'Following. Ctrl-C ends it.\n' : 'Following again.\n');
      state = 'followed';
      for await (const { id, event, data } of messagesOf(response)) {
        last = id ?? last;
        if (event === 'gap') stderr(GAP);
        else if (data !== undefined) stdout(`${JSON.stringify(data)}\n`);
      }
    } catch (error) {
      if (unread.aborted) break;
      if (!isAway(error) || state === 'new') throw error;
      if (state === 'followed') stderr(`${error.message} It is asked again until it does.\n`);
      state = 'lost';
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return EXIT.done;
}

/** Whether the service, its ledger or a place among its followers is not there, and may be soon. */
function isAway(error: unknown): error is Error {
  return error instanceof Unreachable || (error instanceof MatchstickError && PASSING.has(error.code));
}

/** An answer that is a stream of events. Throws what the service refuses, or Unreachable. */
async function openStream(
  url: string,
  headers: Readonly<Record<string, string>>,
  fetch: Fetch,
  unread: AbortSignal,
): Promise<Response> {
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(), ANSWER_MS);
  const signal = AbortSignal.any([unread, silent.signal]);
  const where = `The service at ${new URL(url).origin}`;
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal });
    if (response.status !== 200) throw await refusalOf(response, where);
    if (response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
    throw new Unreachable(`${where} gave something that is not a stream of events.`);
  } catch (error) {
    if (error instanceof Unreachable || error instanceof MatchstickError) throw error;
    throw new Unreachable(`${where} did not answer.${hintFor(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function refusalOf(response: Response, where: string): Promise<Error> {
  const body: unknown = await response.json().catch(() => undefined);
  return (
    reviveProblem(response.status, response.headers, body) ??
    new Unreachable(`${where} gave status ${response.status} instead of events.`)
  );
}

interface Message {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: object | undefined;
}

/** The messages of an event stream. Some only say how far it has come. Throws Unreachable for what is none. */
async function* messagesOf(response: Response): AsyncGenerator<Message> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const octets of untilCut(response.body)) {
    text += decoder.decode(octets, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const fieldOf = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = fieldOf('data');
      yield { id: fieldOf('id'), event: fieldOf('event'), data: data === undefined ? data : eventIn(data) };
    }
    if (text.length > MOST_CHARACTERS) throw new Unreachable(NO_EVENT);
  }
}

const GAP = 'Some events may be missing here: they are no longer kept.\n';
const NO_EVENT = 'The service sent something that is not an event.';

function eventIn(data: string): object {
  try {
    const value: unknown = JSON.parse(data);
    if (isObject(value)) return value;
  } catch {}
  throw new Unreachable(NO_EVENT);
}

/** A stream that breaks off has ended. */
async function* untilCut(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  try {
    for await (const octets of body ?? []) yield octets;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
