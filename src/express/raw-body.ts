import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const rawBodies = new WeakMap<IncomingMessage, Uint8Array>();

/**
 * Remembers the octets of a body, for tokens that are bound to them: the `verify` option of a body parser. A compressed
 * body is not kept, because a parser shows only what it unpacked, and the Content-Digest of a token is of what was sent
 * (RFC 9530 section 2).
 *
 * @param request - The request.
 * @param _response - Not used.
 * @param body - The octets that the parser read.
 * @example
 * app.use(express.json({ verify: keepRawBody }));
 */
export function keepRawBody(request: IncomingMessage, _response: ServerResponse, body: Uint8Array): void {
  const coding = request.headers['content-encoding'];
  if (coding === undefined || coding.toLowerCase() === 'identity') rawBodies.set(request, body);
}

/**
 * The Content-Digest of a request, of the octets that were received; the header of that name is only what
 * its sender says. Undefined when there is a body whose octets are not known.
 */
export function bodyDigest(request: IncomingMessage): string | undefined {
  const body = rawBodies.get(request) ?? (hasBody(request) ? undefined : new Uint8Array());
  return body && `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}

/** Whether octets of a body follow (RFC 9112 section 6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
