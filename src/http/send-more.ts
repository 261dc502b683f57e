import type { ServerResponse } from 'node:http';
import type { Answer } from '../problem.ts';

/** Whoever reads nothing for so long is not there any more. */
const PATIENCE_MS = 30_000;

/** Sends an answer that goes on. Nothing is made for a reader that has not taken what is there. */
export function sendMore(response: ServerResponse, { status, headers, body, more }: Required<Answer>): void {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.writeHead(status, { ...headers });
  response.write(body);
  pour(response, more(gone.signal), gone.signal)
    .catch(() => {})
    .finally(() => response.end());
}

async function pour(
  response: ServerResponse,
  pieces: AsyncIterable<string>,
  gone: AbortSignal,
): Promise<void> {
  for await (const piece of pieces) {
    if (gone.aborted) return;
    if (!response.write(piece)) await taken(response, gone);
  }
}

/** Resolves when the reader has taken what it was sent; rejects when it has gone. */
function taken(response: ServerResponse, gone: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => response.destroy(), PATIENCE_MS);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      settle();
    };
    response.once('drain', () => end(resolve));
    gone.addEventListener('abort', () => end(() => reject(new Error('The reader has gone.'))), {
      once: true,
    });
  });
}
