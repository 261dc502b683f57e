import { asUrl } from '../contract/as-url.ts';
import { requireSafe } from './options.ts';

/** A request that is about to be made, all of it. */
export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body?: ArrayBuffer;
  /** RFC 9530. Absent for a method that has no body, so that receivers need not show one. */
  readonly contentDigest?: string;
  /** What `fetch` sends as the Content-Type of that body, if anything. */
  readonly contentType?: string;
}

const BODILESS = ['GET', 'HEAD'];
const SET_HERE = ['Authorization', 'DPoP', 'Content-Digest'];

/** Reads a request as `fetch` would send it. Throws a TypeError for one that cannot be bound to a token. */
export async function readOutgoing(
  given: string | URL,
  init: RequestInit,
  allowInsecureHttp: boolean,
): Promise<Outgoing> {
  if (!asUrl(String(given))) throw new TypeError('url: must be an absolute URL');
  const url = new URL(given);
  requireSafe('url', url, allowInsecureHttp);
  // A request has no fragment.
  url.hash = '';
  const { body } = init;
  if (isStream(body))
    throw new TypeError(
      'body: cannot be a stream, because its digest must be known before it is sent: pass it whole',
    );
  if (init.redirect === 'follow') throw new TypeError("redirect: must be 'manual' or 'error'");
  const method = (init.method ?? 'GET').toUpperCase();
  const request = new Request(url, { ...init, method });
  const twice = SET_HERE.find((name) => request.headers.has(name));
  if (twice !== undefined) throw new TypeError(`headers: ${twice} is set by this call itself`);
  const { headers } = request;
  const hasBody = body !== undefined && body !== null;
  if (!hasBody && BODILESS.includes(method)) return { method, url, headers };
  // A POST without a body has one too: a thief of its token must not add a body.
  const octets = await request.arrayBuffer();
  const contentDigest = await contentDigestOf(octets);
  const contentType = headers.get('Content-Type');
  return {
    ...{ method, url, headers, contentDigest },
    ...(contentType === null ? {} : { contentType }),
    ...(hasBody ? { body: octets } : {}),
  };
}

/** The value of a Content-Digest field (RFC 9530 section 2), with SHA-256. */
async function contentDigestOf(octets: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', octets));
  return `sha-256=:${btoa(String.fromCharCode(...digest))}:`;
}

function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}
