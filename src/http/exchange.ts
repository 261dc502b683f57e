import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { requestInvalid } from '../errors.ts';
import type { Answer } from '../problem.ts';
import { clientAddress, clientShare, isFromThisHost } from './client-address.ts';
import { headerLines } from './header-lines.ts';
import type { Exchange } from './perform.ts';
import { readBody } from './read-body.ts';
import { sendMore } from './send-more.ts';

/** What a router has found out of a request. */
export interface Routed {
  readonly requestId: string;
  readonly params: Exchange['params'];
  readonly query: string | undefined;
  /** How many proxies in front may be believed about the client's address. */
  readonly proxyHops: number;
}

/** Headers whose lines are one list, so that it may be sent in parts (RFC 9110 section 5.3). */
const LISTS = new Set(['accept-language']);

/** A request of Node as one that a route can take. */
export function exchangeOf(
  request: IncomingMessage,
  response: ServerResponse,
  { requestId, params, query, proxyHops }: Routed,
): Exchange {
  const origin = originOf(request, proxyHops);
  return {
    requestId,
    params,
    query,
    clientAddress: origin.clientAddress,
    address: origin.address,
    // No getter: the engine makes a new shape for each of them, which keeps the whole request until its next full collection.
    isFromThisHost: () => isFromThisHost(request),
    header: (name) => {
      const lines = headerLines(request, name);
      if (lines.length > 1 && !LISTS.has(name)) {
        throw requestInvalid([{ path: name, message: 'must be sent only once' }]);
      }
      return lines.length > 1 ? lines.join(', ') : lines[0];
    },
    readBody: (maxBytes) => readBody(request, maxBytes, () => response.writeContinue()),
  };
}

type Origin = Pick<Exchange, 'clientAddress' | 'address'>;

/** Of requests that no proxy has made for another: all of a connection have the same. */
const origins = new WeakMap<Socket, Origin>();

function originOf(request: IncomingMessage, proxyHops: number): Origin {
  const { socket } = request;
  const forwardedFor = forwardedForOf(request);
  const known = forwardedFor === undefined ? origins.get(socket) : undefined;
  if (known) return known;
  const { remoteAddress } = socket;
  const found = {
    clientAddress: clientAddress(forwardedFor, remoteAddress, proxyHops),
    address: clientShare(forwardedFor, remoteAddress, proxyHops),
  };
  if (forwardedFor === undefined) origins.set(socket, found);
  return found;
}

export function forwardedForOf({ headers }: IncomingMessage): string | undefined {
  const forwardedFor = headers['x-forwarded-for'];
  return typeof forwardedFor === 'string' ? forwardedFor : forwardedFor?.join(', ');
}

/** Sends an answer, unless one was sent. Head and body of a short text are one piece for the socket. */
export function send(
  response: ServerResponse,
  { status, headers, body, octets, more }: Answer,
  requestId: string,
): void {
  if (response.headersSent) return;
  if (comesStill(response.req)) response.setHeader('Connection', 'close');
  if (more) {
    sendMore(response, { status, headers: { 'X-Request-Id': requestId, ...headers }, body, more });
    return;
  }
  const length = octets ? octets.length : Buffer.byteLength(body);
  response.writeHead(status, { 'X-Request-Id': requestId, ...headers, 'Content-Length': length });
  response.end(octets ?? body);
}

/** Whether octets of a request's body are still to come (RFC 9112 section 6.3). */
function comesStill({ complete, headers }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return hasBody && !complete;
}
