// Mocha loads this before any test (.mocharc.json). It learns the secrets that the tests of a file send and get over
// HTTP, and after the file looks for them in what processes printed, in what Redis kept, in metrics, events and spans.
// With CANARY=traced every process runs with the instrumentations of OpenTelemetry on (npm run canary).
import { readFileSync, rmSync } from 'node:fs';
import { everythingPrinted, SPANS_FILE } from '../support/child.ts';
import { everythingKept } from '../support/redis-server.ts';
import { secrets } from './secrets.ts';

/** Answers that tell of the requests of others. */
const REPORTS = new Set(['/metrics', '/v1/events']);

const learned = secrets();
const reports: string[] = [];
const heard = new Set<Promise<void>>();
const plainFetch = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  learned.learn(url);
  for (const headers of [input instanceof Request ? input.headers : {}, init?.headers]) {
    for (const [, value] of new Headers(headers)) learned.learn(value);
  }
  if (typeof init?.body === 'string') learned.learn(init.body);
  const response = await plainFetch(input, init);
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  if (!isStream) {
    const hearing = hear(url, response.clone()).finally(() => heard.delete(hearing));
    heard.add(hearing);
  }
  return response;
};

async function hear(url: string, response: Response): Promise<void> {
  // One that breaks off says nothing.
  const text = await response.text().catch(() => '');
  learned.learn(text);
  for (const [, value] of response.headers) learned.learn(value);
  if (REPORTS.has(new URL(url).pathname)) reports.push(text);
}

export const mochaHooks = {
  async afterAll(): Promise<void> {
    await Promise.all(heard);
    const places: Readonly<Record<string, readonly string[]>> = {
      'the output of a process': everythingPrinted.splice(0),
      'metrics or events': reports.splice(0),
      spans: SPANS_FILE === undefined ? [] : [spansIn(SPANS_FILE)],
    };
    const leaks = [
      ...Object.entries(places).flatMap(([place, texts]) =>
        leaksIn(place, learned.foundIn(texts.join('\n'))),
      ),
      ...everythingKept.splice(0).flatMap((octets) => leaksIn('Redis', learned.foundIn(octets, true))),
    ];
    learned.forget();
    if (leaks.length > 0) throw new Error(`Secrets were left behind: ${[...new Set(leaks)].join('; ')}`);
  },
};

function leaksIn(place: string, found: readonly string[]): readonly string[] {
  return found.map((what) => `${what} in ${place}`);
}

function spansIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  } finally {
    rmSync(file, { force: true });
  }
}
