import { MAX_MEDIA_TYPE_CHARACTERS, MAX_URL_CHARACTERS } from '../contract/limits.ts';
import type { RequestFacts } from '../contract/matchstick.ts';
import { requestInvalid } from '../errors.ts';
import { hostOf, type ReceivedRequest } from './received-request.ts';

/** Dot segments, also escaped ones, and backslashes: what a URL parser takes for another path than a router does. */
const TWO_PATHS = /\\|(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/**
 * The call that was received, as a token may be bound to it. Throws `request_invalid` for a target that could be read
 * as two: the token would be checked for one, and the other be routed.
 */
export async function receivedCall(
  request: ReceivedRequest,
  origin: string | undefined,
): Promise<RequestFacts> {
  const { method, target } = request;
  const [path = ''] = target.split('?', 1);
  if (!path.startsWith('/') || TWO_PATHS.test(path))
    throw wrong('the target must be a path without dot segments');
  const url = `${origin ?? ownOrigin(request)}${target}`;
  if (url.length > MAX_URL_CHARACTERS) throw wrong('the URL is too long');
  const contentDigest = await request.contentDigest();
  const contentType = receivedType(request);
  return {
    ...{ method, url },
    ...(contentDigest === undefined ? {} : { contentDigest }),
    ...(contentType === undefined ? {} : { contentType }),
  };
}

/** The media type of the body that was received: a body that does not say is any octets (RFC 9110 section 8.3). */
function receivedType({ headerValues, hasBody }: ReceivedRequest): string | undefined {
  const types = headerValues('content-type');
  if (types.length > 1) throw wrong('send at most one Content-Type');
  const [type = ''] = types;
  if (type.length > MAX_MEDIA_TYPE_CHARACTERS) throw wrong('the Content-Type is too long');
  return type || (hasBody ? 'application/octet-stream' : undefined);
}

/** Where the app believes that it is, from the Host that was sent and the proxies that it trusts. */
function ownOrigin(request: ReceivedRequest): string {
  const hosts = request.headerValues('host');
  if (hosts.length !== 1) throw wrong('send exactly one Host');
  const { protocol } = request;
  const host = hostOf(request) ?? '';
  // Anything more would move the path that the token is compared with away from the one that is routed.
  if (!HOST.test(host) || !/^https?$/.test(protocol)) {
    throw wrong('the Host must be a host, with or without a port');
  }
  return `${protocol}://${host}`;
}

function wrong(message: string) {
  return requestInvalid([{ path: '', message }]);
}
