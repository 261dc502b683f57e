import type { IncomingMessage } from 'node:http';
import getRawBody from 'raw-body';
import { MatchstickError } from '../errors.ts';

/**
 * The octets of a request's body, at most `maxBytes`. Rejects as soon as the body is known to be longer, by its
 * Content-Length if it has one, and lets what still comes run into nothing.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const { 'content-encoding': coding, 'content-length': length = null } = request.headers;
  try {
    if (coding !== undefined) {
      throw new MatchstickError('media_type_unsupported', 'Send the body without a Content-Encoding.');
    }
    return await getRawBody(request, { limit: maxBytes, length });
  } catch (error) {
    request.resume();
    if (error instanceof MatchstickError) throw error;
    throw typeOf(error) === 'entity.too.large'
      ? new MatchstickError('request_too_large', `The body is longer than ${maxBytes} octets.`)
      : new MatchstickError('request_invalid', 'The body ended early.');
  }
}

function typeOf(error: unknown): unknown {
  return error instanceof Error && 'type' in error ? error.type : undefined;
}
