import type { ServerResponse } from 'node:http';

/**
 * Tells the status that a response was sent with, once it is. Afterwards anybody can still set another one, as an error
 * handler does that looks at nothing; its requester has read the first.
 */
export function sentStatus(response: ServerResponse): () => number {
  let sent: number | undefined;
  response.writeHead = new Proxy(response.writeHead, {
    apply: (writeHead, self, given) => {
      const written: unknown = Reflect.apply(writeHead, self, given);
      sent ??= response.statusCode;
      return written;
    },
  });
  return () => sent ?? response.statusCode;
}
