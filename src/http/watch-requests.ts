import type { IncomingMessage, ServerResponse } from 'node:http';

/** Where a request went that no route has, and what became of one that got no answer. */
const NONE = '(none)';

/** Hears how a request ended. `route` is the template of a route, never a path. */
export type ObserveRequest = (request: {
  readonly method: string;
  readonly route: string;
  readonly status: string;
  readonly seconds: number;
}) => void;

/**
 * Watches requests from their head to the end of their answer, the wait for their turn included. An answer that goes on
 * for as long as its reader likes is watched to its beginning.
 */
export interface RequestWatch {
  arrived(request: IncomingMessage, response: ServerResponse): void;
  /** The request was for a path of this template. */
  routed(request: IncomingMessage, route: string): void;
  /** The answer to the request begins, and goes on. */
  goesOn(request: IncomingMessage): void;
}

export function watchRequests(monotonicMs: () => number, observe: ObserveRequest): RequestWatch {
  const routes = new WeakMap<IncomingMessage, string>();
  const ends = new WeakMap<IncomingMessage, () => void>();
  return {
    arrived(request, response) {
      const arrivedMs = monotonicMs();
      const end = () => {
        if (!ends.delete(request)) return;
        observe({
          method: request.method ?? NONE,
          route: routes.get(request) ?? NONE,
          status: response.headersSent ? String(response.statusCode) : NONE,
          seconds: (monotonicMs() - arrivedMs) / 1000,
        });
      };
      ends.set(request, end);
      response.once('close', end);
    },
    routed: (request, route) => {
      routes.set(request, route);
    },
    goesOn: (request) => ends.get(request)?.(),
  };
}
