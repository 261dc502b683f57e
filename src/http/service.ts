import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MatchstickError } from '../errors.ts';
import { problemAnswer } from './answer.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** A service that listens. */
export interface Listening {
  /** Where to reach it from this machine. */
  readonly url: string;
  /**
   * Takes no more connections, lets the requests under way finish for at most `graceMs`, then cuts what
   * is left. Resolves when every connection is gone.
   */
  drain(graceMs: number): Promise<void>;
}

const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** Longer than the idle time-out of common load balancers, so that they close first and lose no request. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const MAX_HEADER_BYTES = 16_384;

/** Listens; rejects when the address cannot be had. */
export async function listen(listener: RequestListener, { host, port }: ListenOptions): Promise<Listening> {
  let draining = false;
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    if (draining) response.setHeader('Connection', 'close');
    listener(request, response);
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  answerUnreadableRequests(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    url: `http://${reachableHost(host)}:${portOf(server.address())}`,
    drain: (graceMs) => {
      draining = true;
      return closeWithin(server, graceMs);
    },
  };
}

function closeWithin(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
  });
}

/** What Node cannot parse never becomes a request, and still gets a problem. */
function answerUnreadableRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
    const { status, headers, body } = problemAnswer(
      tooLarge
        ? new MatchstickError('request_too_large', `The headers are longer than ${MAX_HEADER_BYTES} octets.`)
        : new MatchstickError('request_invalid', 'This is not an HTTP request that can be read.'),
    );
    const head = Object.entries({
      ...headers,
      'Content-Length': Buffer.byteLength(body),
      Connection: 'close',
    });
    const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.end(`HTTP/1.1 ${status} ${tooLarge ? 'Content Too Large' : 'Bad Request'}\r\n${lines}\r\n${body}`);
  });
}

/** An address that means every interface is reached by the loopback one. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('the server has no TCP address');
  return address.port;
}
