import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReceivedRequest } from '../guard/received-request.ts';
import { bodyDigest, hasBody } from './raw-body.ts';

/**
 * The part of an Express request (4 or 5) that the guard needs; Express's own `Request` fits. Params, query and body
 * are left out, because Express would infer from them what the handlers after this one get.
 */
export interface AppRequest extends IncomingMessage {
  /** The URL as it was requested, whatever the app was mounted on. */
  readonly originalUrl: string;
  /** `http` or `https`, as the app's `trust proxy` lets a proxy say. */
  readonly protocol: string;
  /** The app. */
  readonly app: {
    /** Reads a setting of the app. */
    readonly get: (setting: string) => unknown;
  };
}

/** Passes the request on, or an error. */
export type Next = (error?: unknown) => void;

/** A handler for Express. */
export type AppHandler<Request extends AppRequest> = (
  request: Request,
  response: ServerResponse,
  next: Next,
) => void;

/** The request as a guard sees it, or what its developer did wrong if it is not one of Express. */
export function receivedRequest(request: AppRequest): ReceivedRequest | TypeError {
  if (!isOfExpress(request)) return new TypeError(NOT_EXPRESS);
  return {
    method: request.method ?? '',
    target: request.originalUrl,
    headerValues: (name) => headerValues(request, name),
    protocol: request.protocol,
    trustsPeer: trustsPeer(request),
    parsedBody: 'body' in request ? request.body : undefined,
    hasBody: hasBody(request),
    contentDigest: () => bodyDigest(request),
    parserHint: 'use express.urlencoded() or express.json() before requireCapability',
  };
}

function isOfExpress({ originalUrl, app }: Partial<AppRequest>): boolean {
  return typeof originalUrl === 'string' && typeof app?.get === 'function';
}

const NOT_EXPRESS =
  'requireCapability of matchstick-tokens/express needs a request of Express: this one has no originalUrl and app. ' +
  'In another framework, redeem the token in the handler: matchstick.redeem(token, purpose).';

/** Every value of a header, also those after the first, which Node drops. */
function headerValues({ rawHeaders }: IncomingMessage, name: string): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

/** Whether the app's `trust proxy` says that its peer may speak for somebody else. */
function trustsPeer({ app, socket }: AppRequest): boolean {
  const trusts = app.get('trust proxy fn');
  return typeof trusts === 'function' && trusts(socket.remoteAddress, 0) === true;
}
