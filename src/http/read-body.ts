import type { IncomingMessage } from 'node:http';
import getRawBody from 'raw-body';
import { MatchstickError } from '../errors.ts';

/** A body of the usual size may come octet by octet; a longer one in packets, as networks send them. */
const MOST_PIECES = 16_384;

/**
 * The octets of a request's body, at most `maxBytes`. Rejects as soon as the body is known to be longer, by its
 * Content-Length if it has one, or comes in too many pieces, each of which costs as much as a packet, and lets what
 * still comes run into nothing. A client that waits to be asked for it (RFC 9110 section 10.1.1) is asked by `askForBody`,
 * unless the body is refused already.
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  askForBody: () => void,
): Promise<Uint8Array> {
  const { 'content-encoding': coding, 'content-length': length = null } = request.headers;
  try {
    if (coding !== undefined) {
      throw new MatchstickError('media_type_unsupported', 'Send the body without a Content-Encoding.');
    }
    if (expectsContinue(request) && Number(length) <= maxBytes) askForBody();
    const refusal = tooManyPieces(request);
    return await Promise.race([getRawBody(request, { limit: maxBytes, length }), refusal]);
  } catch (error) {
    request.removeAllListeners('data').resume();
    if (error instanceof MatchstickError) throw error;
    throw typeOf(error) === 'entity.too.large'
      ? new MatchstickError('request_too_large', `The body is longer than ${maxBytes} octets.`)
      : new MatchstickError('request_invalid', 'The body ended early.');
  }
}

function expectsContinue({ httpVersion, headers }: IncomingMessage): boolean {
  return httpVersion === '1.1' && headers.expect?.toLowerCase() === '100-continue';
}

/** Never resolves. */
function tooManyPieces(request: IncomingMessage): Promise<never> {
  let pieces = 0;
  return new Promise((_, reject) => {
    request.on('data', () => {
      if (++pieces <= MOST_PIECES) return;
      reject(new MatchstickError('request_invalid', `The body arrived in more than ${MOST_PIECES} pieces.`));
    });
  });
}

function typeOf(error: unknown): unknown {
  return error instanceof Error && 'type' in error ? error.type : undefined;
}
