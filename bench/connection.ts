import { once } from 'node:events';
import { connect } from 'node:net';

/** What came back; `body` as Latin-1, which is enough for the ASCII that both sides answer with. */
export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** One keep-alive connection with one request under way at a time. */
export interface Connection {
  /** Rejects when the connection fails, ends, or is silent for ten seconds. */
  exchange(request: string): Promise<Answered>;
  close(): void;
}

const SILENCE_MS = 10_000;
const HEAD_END = '\r\n\r\n';
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;

/**
 * Opens a connection that reads just enough of HTTP/1.1 (RFC 9112) to measure: a status, and a body of
 * a told length. Node's own client costs about as much as the server it would measure.
 */
export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let received = '';
  let waiting: { resolve(answered: Answered): void; reject(error: Error): void } | undefined;

  function fail(error: Error): void {
    waiting?.reject(error);
    waiting = undefined;
    socket.destroy();
  }

  socket.setEncoding('latin1');
  socket.setTimeout(SILENCE_MS, () => fail(new Error('no answer in time')));
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the connection was closed')));
  socket.on('data', (chunk: string) => {
    received += chunk;
    const headEnd = received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const length = CONTENT_LENGTH.exec(received)?.[1];
    if (length === undefined) return fail(new Error('an answer without Content-Length'));
    const bodyStart = headEnd + HEAD_END.length;
    const bodyEnd = bodyStart + Number(length);
    if (received.length < bodyEnd) return;
    if (received.length > bodyEnd || !waiting) return fail(new Error('more came than was asked for'));
    const answered = { status: Number(received.slice(9, 12)), body: received.slice(bodyStart) };
    const { resolve } = waiting;
    received = '';
    waiting = undefined;
    resolve(answered);
  });

  return {
    exchange: (request) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('the connection was closed'));
        waiting = { resolve, reject };
        socket.write(request, 'latin1');
      }),
    close: () => socket.destroy(),
  };
}
