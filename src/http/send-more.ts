import type { ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import type { Answer } from '../problem.ts';

/** A reader that takes nothing for so long is not there any more. */
const PATIENCE_MS = 30_000;

/** Sends an answer that goes on. Nothing more is made for a reader that has not taken what is there. */
export function sendMore(
  response: ServerResponse,
  { status, headers, body, more }: Answer & Required<Pick<Answer, 'more'>>,
  patienceMs = PATIENCE_MS,
): void {
  response.writeHead(status, { ...headers });
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  // A client that has closed its sending side can still read. But in an answer without an end, nobody would notice it leave.
  const { socket } = response.req;
  if (socket.readableEnded) {
    response.end(body);
    return;
  }
  const leave = () => response.destroy();
  socket.once('end', leave);
  response.once('close', () => socket.off('end', leave));
  const gone = new AbortController();
  async function* pieces() {
    yield body;
    yield* more(gone.signal);
  }
  response.setTimeout(patienceMs, () => response.destroy());
  pipeline(Readable.from(pieces()), response, () => gone.abort());
}
