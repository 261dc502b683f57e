import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { shareTurns } from '../contract/turns.ts';
import { MatchstickError } from '../errors.ts';
import { problemAnswer } from '../problem.ts';
import { watchConnections } from './connections.ts';
import { headOf, headProblem, originForm, requestIdFor } from './request-head.ts';
import { answerUnreadable } from './unreadable.ts';
import type { RequestWatch } from './watch-requests.ts';

export interface ServingOptions {
  /** For what never becomes a request. */
  readonly newRequestId: () => string;
  /** Paths that wait for no other request: those by which an orchestrator sees that the process is alive. */
  readonly urgentPaths?: ReadonlySet<string>;
  readonly watch?: Pick<RequestWatch, 'arrived'>;
}

/** What serves requests. */
export interface RequestHandler {
  readonly listener: RequestListener;
  readonly options: ServingOptions;
  /** Of requests and responses. */
  readonly classes: ServerOptions;
}

/** A server of HTTP, wherever its connections come from. */
export interface HttpServer {
  readonly server: Server;
  /**
   * Ends every connection with its next answer, which says so; a moment later takes no more by `stopAccepting` and closes
   * those that are idle; lets the requests under way finish for at most `graceMs` in all, then cuts what is left. Resolves
   * when every connection is gone.
   */
  drain(graceMs: number, stopAccepting: () => Promise<void>): Promise<void>;
}

const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** Those that came at the same time end at the same time: the shorter this is, the fewer end in one turn. */
const TIMEOUT_CHECK_MS = 250;
/** Longer than the idle time-out of common load balancers, so that they close first and lose no request. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const MAX_HEADER_BYTES = 16_384;
/**
 * How long clients are told, answer by answer, to come back on another connection, before idle ones are closed: whoever
 * uses one at the moment when it is closed loses a request (RFC 9112 section 9.5).
 */
const LAST_ANSWERS_MS = 2000;

/** A server that makes requests and responses of the given classes. It does not listen yet. */
export function httpServer(
  listener: RequestListener,
  { newRequestId, urgentPaths = new Set(), watch }: ServingOptions,
  classes: ServerOptions = {},
): HttpServer {
  // A request without a Host is refused by the listener, which knows how to say so.
  const server = createServer({
    ...classes,
    maxHeaderSize: MAX_HEADER_BYTES,
    requireHostHeader: false,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  // Their size is limited; a limit on their number drops the rest without a word.
  server.maxHeadersCount = 0;
  const inItsTurn = shareTurns();
  const connections = watchConnections(server, MAX_HEADER_BYTES, inItsTurn);
  answerUnreadable(server, MAX_HEADER_BYTES, { ...connections, inItsTurn, newRequestId });
  server.on('request', (request, response) => {
    watch?.arrived(request, response);
    // Now: what the connection read last is what this request was read from.
    const problem = connections.speaksHttp(request)
      ? headProblem(headOf(request))
      : 'The request is not valid HTTP.';
    const serve = () => {
      // While it waited, whoever sent it may have gone.
      if (request.destroyed) return;
      if (problem !== undefined) refuse(response, problem, requestIdFor(request, newRequestId));
      else listener(request, response);
    };
    const isUrgent = urgentPaths.has(request.url ?? '');
    // A router that is given a whole URL may fail to read it, and then answers by itself.
    if (problem === undefined) request.url = originForm(request.url ?? '/');
    connections.serveInOrder(request, () => {
      if (isUrgent) serve();
      else inItsTurn(serve);
    });
  });
  // Node would ask for every body, also for one that is refused unread.
  for (const expects of ['checkContinue', 'checkExpectation'])
    server.on(expects, (request, response) => server.emit('request', request, response));
  return {
    server,
    drain: async (graceMs, stopAccepting) => {
      const cut = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
      await connections.endWithAnswers(Math.min(graceMs, LAST_ANSWERS_MS));
      connections.closeIdle();
      await stopAccepting();
      await Promise.race([connections.gone(), cut]);
      connections.cut();
      await connections.gone();
    },
  };
}

/** Where the request ends is not known, so nobody can say where another would begin: its connection is closed. */
function refuse(response: ServerResponse, problem: string, requestId: string): void {
  const { status, headers, body } = problemAnswer(new MatchstickError('request_invalid', problem));
  const length = Buffer.byteLength(body);
  response.setHeader('Connection', 'close');
  const more = { 'X-Request-Id': requestId, 'Content-Length': length };
  response.writeHead(status, { ...headers, ...more });
  response.end(body);
}
