import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** What Node's parser gets at once: it makes requests of all that it gets before anybody can stop it. */
const PIECE_BYTES = 1024;
/** The same once a client has sent requests before it had the answers: some few of the shortest ones. */
const PIPELINED_PIECE_BYTES = 128;
/** One is being answered, and the next may be waiting behind it. */
const MOST_UNDER_WAY = 2;

/** How many requests of a connection are under way, and what was read last. */
export interface PacedConnection {
  /** The head of the newest request is in these octets. What came before it may be too. */
  recentText(): string;
  /** A request began, or was answered. */
  began(request: IncomingMessage): void;
  ended(): void;
  /** Nothing more is parsed. */
  stop(): void;
}

/**
 * Reads each connection no faster than its requests are answered. A client may send thousands of them in one go
 * (RFC 9112 section 9.3.2); without a pace they would all be under way at once, and everybody else would wait. What waits
 * unread is read `inItsTurn`, which all connections share. A client that has closed its sending side is still answered.
 */
export function paceReading(
  server: Server,
  maxHeaderBytes: number,
  inItsTurn: (work: () => void) => void,
): (socket: Socket) => PacedConnection | undefined {
  const paced = new WeakMap<Socket, PacedConnection>();
  server.on('connection', (socket: Socket) => {
    // Node's own listeners hand what comes to its parser, and end the connection when nothing more comes, even if requests
    // are still to be answered. Ours, which wait, take their places. Of those for `end`, Node's is the last.
    const [parse] = socket.listeners('data');
    const ends = socket.listeners('end');
    const end = ends.pop();
    if (!parse || !end) return;
    socket.removeAllListeners('data').removeAllListeners('end');
    for (const other of ends) socket.on('end', () => other.call(socket));
    const node = { parse: (piece: Buffer) => parse.call(socket, piece), end: () => end.call(socket) };
    paced.set(socket, pace(socket, maxHeaderBytes, inItsTurn, node));
  });
  // Node has freed the parser of such a connection: the next one that is made gets it.
  server.on('connect', (_request, socket: Socket) => paced.get(socket)?.stop());
  return (socket) => paced.get(socket);
}

/** Node's own listeners to a connection. */
interface Listeners {
  readonly parse: (piece: Buffer) => void;
  readonly end: () => void;
}

function pace(
  socket: Socket,
  maxHeaderBytes: number,
  inItsTurn: (work: () => void) => void,
  { parse, end }: Listeners,
): PacedConnection {
  const waiting: Buffer[] = [];
  let underWay = 0;
  let newest: IncomingMessage | undefined;
  let hasEnded = false;
  let isParsing = false;
  let isStopped = false;
  let pieceBytes = PIECE_BYTES;
  /** What was read since the piece in which the newest request began, but no more than a head can be. */
  let recent: Buffer[] = [];
  let recentBytes = 0;
  let beganIn: Buffer | undefined;

  function remember(piece: Buffer): void {
    if (beganIn) [recent, recentBytes, beganIn] = [[beganIn], beganIn.length, undefined];
    recent.push(piece);
    recentBytes += piece.length;
    while (recentBytes - (recent[0]?.length ?? 0) > maxHeaderBytes)
      recentBytes -= recent.shift()?.length ?? 0;
  }

  function parseWaiting(): void {
    if (isParsing) return;
    isParsing = true;
    while (!isStopped && waiting.length > 0 && underWay < MOST_UNDER_WAY && !socket.destroyed) {
      const chunk = waiting.shift() ?? Buffer.alloc(0);
      const piece = chunk.subarray(0, pieceBytes);
      if (chunk.length > piece.length) waiting.unshift(chunk.subarray(piece.length));
      remember(piece);
      parse(piece);
    }
    isParsing = false;
    if (isStopped) return;
    if (waiting.length > 0) socket.pause();
    else if (hasEnded) endOnceAnswered();
  }

  /** A request that is not whole will never be: Node's parser has to say so at once. */
  function endOnceAnswered(): void {
    if (socket.destroyed || (underWay > 0 && newest?.complete)) return;
    hasEnded = false;
    end();
  }

  const take = (chunk: Buffer) => {
    waiting.push(chunk);
    parseWaiting();
  };
  const noteEnd = () => {
    hasEnded = true;
    parseWaiting();
  };
  socket.on('data', take).on('end', noteEnd);
  return {
    recentText: () => Buffer.concat(recent).toString('latin1'),
    began: (request) => {
      underWay++;
      newest = request;
      if (underWay > 1) pieceBytes = PIPELINED_PIECE_BYTES;
      beganIn = recent.at(-1);
    },
    ended: () => {
      underWay--;
      if (underWay === 0) newest = undefined;
      if (isStopped || (waiting.length === 0 && !hasEnded) || underWay >= MOST_UNDER_WAY) return;
      inItsTurn(() => {
        parseWaiting();
        if (waiting.length === 0 && !socket.destroyed) socket.resume();
      });
    },
    stop: () => {
      isStopped = true;
      waiting.length = 0;
      socket.off('data', take).off('end', noteEnd);
    },
  };
}
