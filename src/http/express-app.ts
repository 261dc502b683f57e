import { IncomingMessage, type ServerOptions, ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import { asMatchstickError, MatchstickError, requestInvalid } from '../errors.ts';
import { type Answer, COMMON_HEADERS, problemAnswer } from '../problem.ts';
import { clientAddress, clientShare, isFromThisHost } from './client-address.ts';
import { comesStill } from './connections.ts';
import { linkTarget } from './link-path.ts';
import { type Exchange, type PerformPorts, perform } from './perform.ts';
import { type ReportProxies, watchProxies } from './proxy-watch.ts';
import { readBody } from './read-body.ts';
import { requestIdFor } from './request-head.ts';
import type { Route } from './route.ts';
import { RETIRED } from './routes.ts';
import { sendMore } from './send-more.ts';
import type { RequestWatch } from './watch-requests.ts';

export interface ExpressAppOptions extends PerformPorts {
  readonly routes: readonly Route[];
  readonly newRequestId: () => string;
  /** How many proxies in front may be believed about the client's address. */
  readonly proxyHops: number;
  readonly reportProxies: ReportProxies;
  readonly watch?: Pick<RequestWatch, 'routed' | 'goesOn'>;
}

/** What is told of a request before its route is known. */
const NO_ROUTE = '(none)';

/** Headers whose lines are one list, so that it may be sent in parts (RFC 9110 section 5.3). */
const LISTS = new Set(['accept-language']);

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
export function expressApp(options: ExpressAppOptions): Express {
  const { routes, newRequestId, proxyHops, reportProxies, watch, ...ports } = options;
  const lookAtProxies = watchProxies(proxyHops, reportProxies);
  const { reportFailure } = ports;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.set('query parser', false);

  app.use((request, response, next) => {
    response.setHeader('X-Request-Id', requestIdFor(request, newRequestId));
    ports.tracing.request(NO_ROUTE, undefined);
    request.url = linkTarget(request.url);
    lookAtProxies(request.get('x-forwarded-for'));
    next();
  });
  for (const route of routes) {
    const mount = route.method === 'GET' ? app.get.bind(app) : app.post.bind(app);
    mount(route.path, async (request: Request, response: Response) => {
      watch?.routed(request, route.path);
      const answer = await perform(route, exchangeOf(request, response, proxyHops), ports);
      send(response, answer);
      if (answer.more) watch?.goesOn(request);
    });
  }
  for (const [path, allow] of methodsByPath(routes)) {
    app.all(path, (request, response) => {
      watch?.routed(request, path);
      send(response, otherMethodAnswer(request.method, allow));
    });
  }
  for (const { path, instead } of RETIRED) {
    const detail = `This path has been retired. Use ${instead}.`;
    const error = new MatchstickError('method_not_allowed', detail, { allow: [] });
    app.all(path, (request, response) => {
      watch?.routed(request, path);
      send(response, problemAnswer(error));
    });
  }
  app.use((_request, response) => {
    send(response, problemAnswer(new MatchstickError('not_found', 'There is no such path.')));
  });
  const onError: ErrorRequestHandler = (thrown, _request, response, _next) => {
    const error = asRoutingError(thrown);
    if (error.status >= 500) reportFailure({ requestId: requestIdOf(response), route: '(none)', error });
    send(response, problemAnswer(error));
  };
  app.use(onError);
  return app;
}

function exchangeOf(request: Request, response: Response, proxyHops: number): Exchange {
  return {
    requestId: requestIdOf(response),
    clientAddress: clientAddress(request.get('x-forwarded-for'), request.socket.remoteAddress, proxyHops),
    address: clientShare(request.get('x-forwarded-for'), request.socket.remoteAddress, proxyHops),
    isFromThisHost: isFromThisHost(request),
    params: Object.fromEntries(Object.entries(request.params).map(([name, value]) => [name, String(value)])),
    header: (name) => {
      const values = request.headersDistinct[name];
      if (values && values.length > 1 && !LISTS.has(name)) {
        throw requestInvalid([{ path: name, message: 'must be sent only once' }]);
      }
      return values?.join(', ');
    },
    query: request.originalUrl.includes('?') ? request.originalUrl.replace(/^[^?]*\?/, '') : undefined,
    readBody: (maxBytes) => readBody(request, maxBytes, () => response.writeContinue()),
  };
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

function requestIdOf(response: Response): string {
  return String(response.getHeader('X-Request-Id'));
}

function send(response: Response, { status, headers, body, octets, more }: Answer): void {
  if (response.headersSent) return;
  if (comesStill(response.req)) response.setHeader('Connection', 'close');
  if (more) {
    sendMore(response, { status, headers, body, more });
    return;
  }
  const content = octets ?? Buffer.from(body);
  response.writeHead(status, { ...headers, 'Content-Length': content.length });
  response.end(content);
}
