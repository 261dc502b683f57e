import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { asMatchstickError } from '../errors.ts';
import { problemAnswer } from '../problem.ts';
import { exchangeOf, forwardedForOf, send } from './exchange.ts';
import { type PerformPorts, perform } from './perform.ts';
import { requestIdFor } from './request-head.ts';
import type { Route } from './route.ts';
import type { RequestWatch } from './watch-requests.ts';

/** What answers requests by routes needs besides the requests. */
export interface ListenerOptions extends PerformPorts {
  readonly routes: readonly Route[];
  readonly newRequestId: () => string;
  /** How many proxies in front may be believed about the client's address. */
  readonly proxyHops: number;
  /** Hears the X-Forwarded-For of every request. */
  readonly lookAtProxies: (forwardedFor: string | undefined) => void;
  readonly watch?: Pick<RequestWatch, 'routed' | 'goesOn'>;
}

/**
 * Answers the calls of callers whose path has no parameters, from the same routes and in the same words as the application
 * behind it, which gets everything else: also another spelling of their paths, another method, or a query. Finding the
 * route there costs as much as all the checks of a redemption.
 */
export function fastLane(options: ListenerOptions, otherwise: RequestListener): RequestListener {
  const { routes, newRequestId, proxyHops, lookAtProxies, watch, ...ports } = options;
  const byPath = new Map(routes.filter(isOfCallers).map((route) => [route.path, route]));

  async function answer(route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = requestIdFor(request, newRequestId);
    try {
      lookAtProxies(forwardedForOf(request));
      watch?.routed(request, route.path);
      const routed = { requestId, params: {}, query: undefined, proxyHops };
      send(response, await perform(route, exchangeOf(request, response, routed), ports), requestId);
    } catch (thrown) {
      // Such as from a propagator of traces. Nobody behind this would answer.
      const error = asMatchstickError(thrown);
      ports.reportFailure({ requestId, route: route.path, error });
      send(response, problemAnswer(error), requestId);
    }
  }

  return (request, response) => {
    const route = request.method === 'POST' ? byPath.get(request.url ?? '') : undefined;
    if (route) void answer(route, request, response);
    else otherwise(request, response);
  };
}

function isOfCallers({ method, path, needsCaller }: Route): boolean {
  return method === 'POST' && needsCaller && !path.includes(':');
}
