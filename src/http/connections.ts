import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { closeGently } from './close-gently.ts';
import { type PacedConnection, paceReading } from './paced-reading.ts';

/** Which connections are answering a request just now. */
export interface Connections {
  /** Whether a request is one of HTTP/1: Node's parser takes RTSP and ICE for HTTP/1.0, and HTTP/2.0 as if it could. */
  speaksHttp(request: IncomingMessage): boolean;
  /** Whether the connection ends with an answer that is given, or being given; then nothing more is to be said on it. */
  endsWithAnswer(socket: Duplex): boolean;
  /**
   * Serves a request once those before it on its connection are answered, and never where the connection ends with one of
   * them: whoever sent it could not learn what came of it. One that waits keeps what it belongs to, such as a trace.
   */
  serveInOrder(request: IncomingMessage, serve: () => void): void;
  /** From now on each connection ends with its next answer, which says so. Resolves when none is left, at most after a time. */
  endWithAnswers(withinMs: number): Promise<void>;
  /** Resolves when there is none. */
  gone(): Promise<void>;
  /** Closes all at once. */
  cut(): void;
  /** Closes those that wait for a next request; one that has not sent its first gets a moment more to do so. */
  closeIdle(): void;
}

/** How long a connection that is just made may take to send its first request while the server closes. */
const FIRST_REQUEST_MS = 1000;

/** A client that reads nothing of its answer for this long is taken to be gone. */
const UNREAD_MS = 30_000;

interface UnderWay {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Connection {
  readonly underWay: UnderWay[];
  readonly pace: PacedConnection | undefined;
  served: IncomingMessage | undefined;
  /** Whether it has sent a request, or been silent since the server began to close. */
  hasHadItsChance: boolean;
  /** Requests behind the one that is being served. */
  readonly waiting: { readonly request: IncomingMessage; readonly serve: () => void }[];
}

/**
 * Watches every connection. It ends with an answer that says so, as one does that is given before the body has come, and
 * with that to a request to become something else: what follows there may be anything. What a client sends faster than it
 * is answered is read `inItsTurn`.
 */
export function watchConnections(
  server: Server,
  maxHeaderBytes: number,
  inItsTurn: (work: () => void) => void,
  unreadMs = UNREAD_MS,
): Connections {
  const open = new Map<Duplex, Connection>();
  const ending = new WeakSet<Duplex>();
  const paceOf = paceReading(server, maxHeaderBytes, inItsTurn);
  const noneLeft = new Set<() => void>();
  let closing = false;

  server.on('connection', (socket: Socket) => {
    const pace = paceOf(socket);
    open.set(socket, { underWay: [], pace, waiting: [], served: undefined, hasHadItsChance: false });
    socket.once('close', () => {
      open.delete(socket);
      if (open.size === 0) for (const resolve of noneLeft) resolve();
    });
    // Node would cut the connection with its last answer, which could be lost on its way.
    socket.destroySoon = () => closeGently(socket);
  });
  // Node has stopped listening to such a connection, on which requests before it may still be answered. An error that nobody
  // hears would end the process.
  server.on('connect', (_request, socket: Socket) => {
    socket.on('error', () => {});
    socket.on('timeout', () => socket.destroy());
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const connection = open.get(socket);
    if (!connection) return;
    const { underWay, pace } = connection;
    connection.hasHadItsChance = true;
    underWay.push({ request, response });
    pace?.began(request);
    if (request.headers.upgrade !== undefined) ending.add(socket);
    if (closing || ending.has(socket)) response.setHeader('Connection', 'close');
    // Node would wait for ever for a client that does not read. Once the answer is read, it sets its own time-out.
    response.once('prefinish', () => {
      if (socket.writableLength > 0) socket.setTimeout(unreadMs);
    });
    response.once('finish', () => {
      if (endsConnection(response)) ending.add(socket);
    });
    response.once('close', () => {
      remove(underWay, request);
      pace?.ended();
      if (closing || ending.has(socket)) {
        for (const dropped of connection.waiting.splice(0)) remove(underWay, dropped.request);
        if (underWay.length === 0) closeGently(socket);
      } else if (connection.served === request) {
        const next = connection.waiting.shift();
        connection.served = next?.request;
        if (next) socket.setTimeout(0);
        next?.serve();
      }
    });
  });

  const gone = async () => {
    if (open.size > 0) await new Promise<void>((resolve) => noneLeft.add(resolve));
  };

  return {
    speaksHttp: ({ socket, httpVersion, method, url }) => {
      if (httpVersion !== '1.0') return httpVersion === '1.1';
      const lines = open.get(socket)?.pace?.recentText().split(/\r?\n/);
      return lines === undefined || lines.includes(`${method} ${url} HTTP/1.0`);
    },
    endsWithAnswer(socket) {
      const isAnswering = open
        .get(socket)
        ?.underWay.some(({ request, response }) => request.complete || response.headersSent);
      if (isAnswering) ending.add(socket);
      return isAnswering === true || ending.has(socket);
    },
    serveInOrder(request, serve) {
      const connection = open.get(request.socket);
      if (!connection) return;
      if (connection.served) {
        const belongsTo = new AsyncResource('matchstick.request');
        connection.waiting.push({ request, serve: () => belongsTo.runInAsyncScope(serve) });
        return;
      }
      connection.served = request;
      serve();
    },
    async endWithAnswers(withinMs) {
      closing = true;
      for (const connection of open.values()) {
        connection.hasHadItsChance = true;
        for (const { response } of connection.underWay) {
          if (!response.headersSent) response.setHeader('Connection', 'close');
        }
      }
      await Promise.race([gone(), new Promise<void>((resolve) => setTimeout(resolve, withinMs).unref())]);
    },
    gone,
    cut() {
      for (const socket of open.keys()) socket.destroy();
    },
    closeIdle() {
      for (const [socket, { underWay, hasHadItsChance }] of open) {
        if (underWay.length > 0) continue;
        if (hasHadItsChance) closeGently(socket);
        else
          setTimeout(() => open.get(socket)?.hasHadItsChance || socket.destroy(), FIRST_REQUEST_MS).unref();
      }
    },
  };
}

/** Of a handful. They are no Map, for the reason that `Crowd` gives. */
function remove(underWay: UnderWay[], request: IncomingMessage): void {
  const at = underWay.findIndex((each) => each.request === request);
  if (at >= 0) underWay.splice(at, 1);
}

/** Whether no other answer follows on its connection (RFC 9112 section 9.6). */
function endsConnection(response: ServerResponse): boolean {
  return !response.shouldKeepAlive || /\bclose\b/i.test(String(response.getHeader('connection') ?? ''));
}
