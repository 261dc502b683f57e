import type { Server } from 'node:http';
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
  began(): void;
  ended(): void;
}

/**
 * Reads each connection no faster than its requests are answered. A client may send thousands of them in one go
 * (RFC 9112 section 9.3.2); without a pace they would all be under way at once, and everybody else would wait. What waits
 * unread is read `inItsTurn`, which all connections share.
 */
export function paceReading(
  server: Server,
  maxHeaderBytes: number,
  inItsTurn: (work: () => void) => void,
): (socket: Socket) => PacedConnection | undefined {
  const paced = new WeakMap<Socket, PacedConnection>();
  server.on('connection', (socket: Socket) => {
    // Node's own listener hands what comes to its parser. Its place is taken by one that does so piece by piece.
    const [parse] = socket.listeners('data');
    if (parse)
      paced.set(
        socket,
        pace(socket, maxHeaderBytes, inItsTurn, (piece) => parse.call(socket, piece)),
      );
  });
  return (socket) => paced.get(socket);
}

function pace(
  socket: Socket,
  maxHeaderBytes: number,
  inItsTurn: (work: () => void) => void,
  parse: (piece: Buffer) => void,
): PacedConnection {
  const waiting: Buffer[] = [];
  let underWay = 0;
  let isParsing = false;
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
    while (waiting.length > 0 && underWay < MOST_UNDER_WAY && !socket.destroyed) {
      const chunk = waiting.shift() ?? Buffer.alloc(0);
      const piece = chunk.subarray(0, pieceBytes);
      if (chunk.length > piece.length) waiting.unshift(chunk.subarray(piece.length));
      remember(piece);
      parse(piece);
    }
    isParsing = false;
    if (waiting.length > 0) socket.pause();
  }

  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
    waiting.push(chunk);
    parseWaiting();
  });
  return {
    recentText: () => Buffer.concat(recent).toString('latin1'),
    began: () => {
      underWay++;
      if (underWay > 1) pieceBytes = PIPELINED_PIECE_BYTES;
      beganIn = recent.at(-1);
    },
    ended: () => {
      underWay--;
      if (waiting.length === 0 || underWay >= MOST_UNDER_WAY) return;
      inItsTurn(() => {
        parseWaiting();
        if (waiting.length === 0 && !socket.destroyed) socket.resume();
      });
    },
  };
}
