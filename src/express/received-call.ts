import { MAX_URL_CHARACTERS } from '../contract/limits.ts';
import type { RequestFacts } from '../contract/matchstick.ts';
import { requestInvalid } from '../errors.ts';
import { type AppRequest, headerValues } from './app-request.ts';
import { bodyDigest } from './raw-body.ts';

/** Dot segments, also escaped ones, and backslashes: what a URL parser takes for another path than Express does. */
const TWO_PATHS = /\\|(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/**
 * The call that was received, as a token may be bound to it. Throws `request_invalid` for a target that
 * could be read as two: the token would be checked for one, and the other be routed.
 */
export function receivedCall(request: AppRequest, origin: string | undefined): RequestFacts {
  const { method = '', originalUrl } = request;
  const [path = ''] = originalUrl.split('?', 1);
  if (!path.startsWith('/') || TWO_PATHS.test(path)) {
    throw requestInvalid([{ path: '', message: 'the target must be a path without dot segments' }]);
  }
  const url = `${origin ?? ownOrigin(request)}${originalUrl}`;
  if (url.length > MAX_URL_CHARACTERS) throw requestInvalid([{ path: '', message: 'the URL is too long' }]);
  const contentDigest = bodyDigest(request);
  return { method, url, ...(contentDigest === undefined ? {} : { contentDigest }) };
}

/** Where the app believes that it is, from the Host that was sent and the proxies that it trusts. */
function ownOrigin(request: AppRequest): string {
  const hosts = headerValues(request, 'host');
  if (hosts.length !== 1) throw requestInvalid([{ path: '', message: 'send exactly one Host' }]);
  const { protocol } = request;
  const host = forwardedHost(request) ?? hosts[0] ?? '';
  // Anything more would move the path that the token is compared with away from the one that is routed.
  if (!HOST.test(host) || !/^https?$/.test(protocol)) {
    throw requestInvalid([{ path: '', message: 'the Host must be a host, with or without a port' }]);
  }
  return `${protocol}://${host}`;
}

/** As Express 5's `request.host`; Express 4 has none with its port. */
function forwardedHost(request: AppRequest): string | undefined {
  if (!trustsPeer(request)) return undefined;
  const [first = ''] = headerValues(request, 'x-forwarded-host').join(',').split(',', 1);
  return first.trim() || undefined;
}

/** Whether the app's `trust proxy` says that whoever is connected may speak for somebody else. */
export function trustsPeer({ app, socket }: AppRequest): boolean {
  const trusts = app.get('trust proxy fn');
  return typeof trusts === 'function' && trusts(socket.remoteAddress, 0) === true;
}
