import { IncomingMessage, type ServerOptions, ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import { asMatchstickError, MatchstickError } from '../errors.ts';
import { type Answer, COMMON_HEADERS, problemAnswer } from '../problem.ts';
import { exchangeOf, forwardedForOf, send } from './exchange.ts';
import type { ListenerOptions } from './fast-lane.ts';
import { linkTarget } from './link-path.ts';
import { perform } from './perform.ts';
import { requestIdFor } from './request-head.ts';
import type { Route } from './route.ts';
import { RETIRED } from './routes.ts';

/** What is told of a request before its route is known. */
const NO_ROUTE = '(none)';

/**
 * Express gives every request and response prototypes of its own, which throws away what the engine has
 * optimized for them. Objects that are born with those prototypes are left as they are: mint and redeem
 * get about a third faster (npm run bench). These are the classes that a server is to make them of.
 */
export function serverClasses(app: Express): ServerOptions {
  class AppRequest extends IncomingMessage {}
  class AppResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {}
  app.request = Object.setPrototypeOf(AppRequest.prototype, app.request);
  app.response = Object.setPrototypeOf(AppResponse.prototype, app.response);
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}

/** Mounts the routes on Express. The only file that sees its request and response. */
export function expressApp(options: ListenerOptions): Express {
  const { routes, newRequestId, proxyHops, lookAtProxies, watch, ...ports } = options;
  const { reportFailure } = ports;
  const routed = (request: Request, response: Response) => ({
    requestId: requestIdOf(response),
    params: Object.fromEntries(Object.entries(request.params).map(([name, value]) => [name, String(value)])),
    query: request.originalUrl.includes('?') ? request.originalUrl.replace(/^[^?]*\?/, '') : undefined,
    proxyHops,
  });
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.set('query parser', false);

  app.use((request, response, next) => {
    response.locals.requestId = requestIdFor(request, newRequestId);
    ports.tracing.request(NO_ROUTE, undefined);
    request.url = linkTarget(request.url);
    lookAtProxies(forwardedForOf(request));
    next();
  });
  for (const route of routes) {
    const mount = route.method === 'GET' ? app.get.bind(app) : app.post.bind(app);
    mount(route.path, async (request: Request, response: Response) => {
      watch?.routed(request, route.path);
      const given = await perform(route, exchangeOf(request, response, routed(request, response)), ports);
      answer(response, given);
      if (given.more) watch?.goesOn(request);
    });
  }
  for (const [path, allow] of methodsByPath(routes)) {
    app.all(path, (request, response) => {
      watch?.routed(request, path);
      answer(response, otherMethodAnswer(request.method, allow));
    });
  }
  for (const { path, instead } of RETIRED) {
    const detail = `This path has been retired. Use ${instead}.`;
    const error = new MatchstickError('method_not_allowed', detail, { allow: [] });
    app.all(path, (request, response) => {
      watch?.routed(request, path);
      answer(response, problemAnswer(error));
    });
  }
  app.use((_request, response) => {
    answer(response, problemAnswer(new MatchstickError('not_found', 'There is no such path.')));
  });
  const onError: ErrorRequestHandler = (thrown, _request, response, _next) => {
    const error = asRoutingError(thrown);
    if (error.status >= 500) reportFailure({ requestId: requestIdOf(response), route: '(none)', error });
    answer(response, problemAnswer(error));
  };
  app.use(onError);
  return app;
}

/** Express itself fails only on a path that it cannot decode. */
function asRoutingError(thrown: unknown): MatchstickError {
  if (
    thrown instanceof URIError ||
    (thrown instanceof Error && 'status' in thrown && thrown.status === 400)
  ) {
    return new MatchstickError('request_invalid', 'The path has invalid percent-encoding.');
  }
  return asMatchstickError(thrown);
}

function methodsByPath(routes: readonly Route[]): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, readonly string[]>();
  for (const { path, method } of routes) {
    const allowed = method === 'GET' ? ['GET', 'HEAD'] : [method];
    methods.set(path, [...(methods.get(path) ?? []), ...allowed]);
  }
  return methods;
}

function otherMethodAnswer(method: string, allow: readonly string[]): Answer {
  if (method === 'OPTIONS')
    return { status: 204, headers: { ...COMMON_HEADERS, Allow: allow.join(', ') }, body: '' };
  return problemAnswer(
    new MatchstickError('method_not_allowed', `Use ${allow.join(' or ')} here.`, { allow }),
  );
}

function requestIdOf({ locals }: Response): string {
  return String(locals.requestId);
}

function answer(response: Response, given: Answer): void {
  send(response, given, requestIdOf(response));
}
