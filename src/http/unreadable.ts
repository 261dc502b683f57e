import { type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { MatchstickError } from '../errors.ts';
import { problemAnswer } from '../problem.ts';
import { closeGently } from './close-gently.ts';

interface UnreadablePorts {
  /** Whether the connection ends with an answer that is given, or being given. */
  readonly endsWithAnswer: (socket: Duplex) => boolean;
  /** Thousands of connections may time out at the same moment. */
  readonly inItsTurn: (work: () => void) => void;
  readonly newRequestId: () => string;
}

/** What never becomes a request still gets a problem for an answer. */
export function answerUnreadable(
  server: Server,
  maxHeaderBytes: number,
  { endsWithAnswer, inItsTurn, newRequestId }: UnreadablePorts,
): void {
  const answered = new WeakSet<Duplex>();
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A request before it on the same connection is still being answered: that answer comes first, and is the last.
    if (answered.has(socket) || endsWithAnswer(socket)) return;
    answered.add(socket);
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    inItsTurn(() => answerAndClose(socket, unreadableProblem(error.code, maxHeaderBytes), newRequestId()));
  });
  server.on('connect', (_request, socket) => {
    if (endsWithAnswer(socket)) return;
    answerAndClose(
      socket,
      new MatchstickError('method_not_allowed', 'CONNECT is not supported.', { allow: [] }),
      newRequestId(),
    );
  });
}

function unreadableProblem(code: string | undefined, maxHeaderBytes: number): MatchstickError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new MatchstickError(
        'request_too_large',
        `The headers are longer than ${maxHeaderBytes} octets.`,
      );
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new MatchstickError('request_invalid', 'The request did not arrive in time.');
    default:
      return new MatchstickError('request_invalid', 'The request is not valid HTTP.');
  }
}

function answerAndClose(socket: Duplex, problem: MatchstickError, requestId: string): void {
  const { status, headers, body } = problemAnswer(problem);
  const all = {
    'X-Request-Id': requestId,
    ...headers,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  closeGently(socket);
}
