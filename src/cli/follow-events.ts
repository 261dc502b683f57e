import { reviveProblem } from '../client/revive-problem.ts';
import { EXIT, Unreachable } from './failure.ts';
import type { AskedService } from './service.ts';
import type { CommandSurroundings } from './surroundings.ts';

const PAUSE_MS = 1000;

/**
 * Prints events as they happen, one JSON object a line, until nobody reads them. A stream that ends is taken up after the
 * last event. Throws if the service refuses, or is not there.
 */
export async function followEvents(
  { base, key }: AskedService,
  query: string,
  { fetch, stdout, stderr, unread }: CommandSurroundings,
): Promise<number> {
  let last: string | undefined;
  while (!unread.aborted) {
    const headers = { Authorization: `Bearer ${key}`, Accept: 'text/event-stream' };
    const from = last === undefined ? {} : { 'Last-Event-ID': last };
    try {
      const response = await fetch(`${base}/v1/events${query}`, {
        headers: { ...headers, ...from },
        redirect: 'manual',
        signal: unread,
      });
      if (response.status !== 200) throw await refusalOf(response);
      if (last === undefined) stderr('Following. Ctrl-C ends it.\n');
      for await (const { id, data } of messagesOf(response)) {
        last = id ?? last;
        stdout(`${data}\n`);
      }
    } catch (error) {
      if (unread.aborted) break;
      if (error instanceof TypeError && !isCut(error))
        throw new Unreachable(`The service at ${new URL(base).origin} did not answer.`, { cause: error });
      if (!(error instanceof TypeError)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return EXIT.done;
}

/** Whether a stream broke off that was there. */
function isCut(error: TypeError): boolean {
  return error.message === 'terminated';
}

async function refusalOf(response: Response): Promise<Error> {
  const body: unknown = await response.json().catch(() => undefined);
  return (
    reviveProblem(response.status, response.headers, body) ??
    new Unreachable(`The service answered with status ${response.status}.`)
  );
}

interface Message {
  readonly id: string | undefined;
  readonly data: string;
}

/** The messages of an event stream that have data. */
async function* messagesOf(response: Response): AsyncGenerator<Message> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const octets of response.body ?? []) {
    text += decoder.decode(octets, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const fieldOf = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = fieldOf('data');
      if (data !== undefined) yield { id: fieldOf('id'), data };
    }
  }
}
