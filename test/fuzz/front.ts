import { connect } from 'node:net';
import { makeDeployment } from '../support/deployment.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type ServiceProcess, startService } from '../support/service.ts';
import { SHARDS } from './ledger-keys.ts';
import { Find } from './target.ts';

/** A service as strangers meet it: octets go in, octets come out, and it prints. */
export interface Front {
  readonly service: ServiceProcess;
  /** Where its ledger is. */
  readonly redis: RedisServer;
  send(octets: Uint8Array): Promise<Exchange>;
  output(): string;
}

export interface FrontAnswer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

/** All that happened on one connection. */
export interface Exchange {
  readonly answers: readonly FrontAnswer[];
  /** What came besides answers. */
  readonly rest: string;
  /** The service waited for more, so this side hung up: it is unknown what became of a request. */
  readonly hungUp: boolean;
  /** The service closed the connection in the end. */
  readonly closed: boolean;
}

/** How long nothing may come before this side hangs up, and how long the service then has to close. */
const QUIET_MS = 300;
const PATIENCE_MS = 15_000;

/** A service process with a ledger in a Redis of its own. */
export async function openFront(
  onClose: (close: () => unknown) => void,
  settings: Readonly<Record<string, unknown>>,
  callers: Parameters<typeof makeDeployment>[1],
  env: NodeJS.ProcessEnv = {},
): Promise<Front> {
  const redis = await startRedis();
  onClose(redis.close);
  const ledger = { redis: redis.url, shards: SHARDS, timeoutMs: 30_000 };
  const deployment = await makeDeployment({ ledger, ...settings }, callers);
  onClose(deployment.close);
  const service = await startService(deployment, env);
  onClose(service.close);
  return {
    service,
    redis,
    send: (octets) => exchange(service.url, octets),
    output: () => service.process.output(),
  };
}

function exchange(url: string, octets: Uint8Array): Promise<Exchange> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname);
    let [hungUp, closed] = [false, true];
    socket.setTimeout(QUIET_MS, () => {
      if (hungUp) {
        closed = false;
        socket.destroy();
        return;
      }
      hungUp = true;
      socket.setTimeout(PATIENCE_MS);
      socket.end();
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', () =>
      resolve({ ...readAnswers(Buffer.concat(chunks).toString('latin1')), hungUp, closed }),
    );
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // The service wanted no more of it; what it answered before is in `chunks`.
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
    });
    socket.on('connect', () => socket.write(octets));
  });
}

/** The answers in what a server sent (RFC 9112 section 6), which gives each a length. */
function readAnswers(everything: string): Pick<Exchange, 'answers' | 'rest'> {
  const answers: FrontAnswer[] = [];
  let rest = everything;
  for (;;) {
    const [head, status] = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n(?:[\w-]+: [^\r\n]*\r\n)*\r\n/.exec(rest) ?? [];
    if (head === undefined) return { answers, rest };
    const lines = [...head.matchAll(/\r\n([\w-]+): ([^\r\n]*)/g)];
    const headers = new Map(lines.map(([, name = '', value = '']) => [name.toLowerCase(), value]));
    if (headers.size !== lines.length) return { answers, rest };
    rest = rest.slice(head.length);
    if (status?.startsWith('1')) continue;
    const length = headers.get('content-length') ?? (status === '204' ? '0' : 'none');
    // An answer to HEAD has the length of a body, and none.
    const hasBody = rest !== '' && !rest.startsWith('HTTP/1.1 ');
    const octets = hasBody ? Number(length) : 0;
    if (!/^\d+$/.test(length) || rest.length < octets) return { answers, rest: head + rest };
    answers.push({
      status: Number(status),
      headers,
      text: Buffer.from(rest.slice(0, octets), 'latin1').toString(),
    });
    rest = rest.slice(octets);
  }
}

/** What holds for every connection, whatever was sent on it. */
export function expectWellFormed({ answers, rest, closed }: Exchange, octets: Uint8Array): void {
  const sent = Buffer.from(octets).toString('latin1');
  const about = `\nsent ${JSON.stringify(sent.slice(0, 3000))}\ncame ${JSON.stringify(answers.map(({ status, text }) => [status, text.slice(0, 300)]))}`;
  if (!closed) throw new Find(`the connection stays open after the client hung up${about}`);
  if (rest !== '') throw new Find(`what came is not HTTP: ${JSON.stringify(rest.slice(0, 300))}${about}`);
  const most = (sent.match(/HTTP\//gi)?.length ?? 0) + 1;
  if (answers.length > most)
    throw new Find(`${answers.length} answers came for ${most - 1} requests${about}`);
  const ids = answers.map(({ headers }) => headers.get('x-request-id') ?? '');
  if (new Set(ids).size !== ids.length) throw new Find(`two answers came for one request${about}`);
  for (const { status, headers, text } of answers) {
    if (status < 200 || status >= 500) throw new Find(`the status is ${status}${about}`);
    if (!headers.has('cache-control') || !/^[\w.:-]{1,128}$/.test(headers.get('x-request-id') ?? '')) {
      throw new Find(`an answer lacks its common headers${about}`);
    }
    if (/json/.test(headers.get('content-type') ?? '') && text !== '') JSON.parse(text);
  }
}

/** A request that ends a connection well: whatever comes before it must not cost it its answer, unless it swallows it. */
export function lastRequest(): Buffer {
  return Buffer.from(
    'GET /healthz HTTP/1.1\r\nHost: service\r\nX-Request-Id: last\r\nConnection: close\r\n\r\n',
  );
}
