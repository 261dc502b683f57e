import { requireSafe } from './options.ts';

/** A request that is about to be made, all of it. */
export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body?: ArrayBuffer;
  /** RFC 9530; of a request with a body. */
  readonly contentDigest?: string;
}

const SET_HERE = ['Authorization', 'DPoP', 'Content-Digest'];

/** Reads a request as `fetch` would send it. Throws a TypeError for one that cannot be bound to a token. */
export async function readOutgoing(
  given: string | URL,
  init: RequestInit,
  allowInsecureHttp: boolean,
): Promise<Outgoing> {
  if (!URL.canParse(String(given))) throw new TypeError('url: must be an absolute URL');
  const url = new URL(given);
  requireSafe('url', url, allowInsecureHttp);
  // A request has none.
  url.hash = '';
  const { body } = init;
  if (isStream(body)) throw new TypeError('body: a stream has no digest before it was sent: give it whole');
  if (init.redirect === 'follow') throw new TypeError("redirect: must be 'manual' or 'error'");
  const method = (init.method ?? 'GET').toUpperCase();
  const request = new Request(url, { ...init, method });
  const twice = SET_HERE.find((name) => request.headers.has(name));
  if (twice !== undefined) throw new TypeError(`headers: ${twice} is set by this call itself`);
  const { headers } = request;
  if (body === undefined || body === null) return { method, url, headers };
  const octets = await request.arrayBuffer();
  return { method, url, headers, body: octets, contentDigest: await contentDigestOf(octets) };
}

/** The value of a Content-Digest field (RFC 9530 section 2), with SHA-256. */
async function contentDigestOf(octets: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', octets));
  return `sha-256=:${btoa(String.fromCharCode(...digest))}:`;
}

function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}
