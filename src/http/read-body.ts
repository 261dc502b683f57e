import type { IncomingMessage } from 'node:http';
import { MatchstickError } from '../errors.ts';

/** A body of the usual size may come octet by octet; a longer one in packets, as networks send them. */
const MOST_PIECES = 16_384;

/**
 * The octets of a request's body, at most `maxBytes`. Rejects as soon as the body is known to be longer, by its
 * Content-Length if it has one, or comes in too many pieces, each of which costs as much as a packet, and lets what
 * still comes run into nothing. A client that waits to be asked for it (RFC 9110 section 10.1.1) is asked by `askForBody`,
 * unless the body is refused already.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  askForBody: () => void,
): Promise<Uint8Array> {
  const { 'content-encoding': coding, 'content-length': length } = request.headers;
  const tooLarge = () =>
    new MatchstickError('request_too_large', `The body is longer than ${maxBytes} octets.`);
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let received = 0;
    const take = (piece: Buffer) => {
      received += piece.length;
      if (received > maxBytes) return refuse(tooLarge());
      if (pieces.push(piece) <= MOST_PIECES) return;
      const message = `The body arrived in more than ${MOST_PIECES} pieces.`;
      refuse(new MatchstickError('request_invalid', message));
    };
    const refuse = (error: MatchstickError) => {
      request.off('data', take).resume();
      reject(error);
    };
    if (coding !== undefined) {
      const message = 'Send the body without a Content-Encoding.';
      return refuse(new MatchstickError('media_type_unsupported', message));
    }
    if (Number(length) > maxBytes) return refuse(tooLarge());
    const endedEarly = () => refuse(new MatchstickError('request_invalid', 'The body ended early.'));
    // Whoever has gone already is not heard to go.
    if (request.destroyed) return endedEarly();
    if (expectsContinue(request)) askForBody();
    request.on('data', take);
    request.once('end', () => {
      const [first] = pieces;
      resolve(first && pieces.length === 1 ? first : Buffer.concat(pieces));
    });
    request.once('close', () => {
      if (!request.readableEnded) endedEarly();
    });
    // Nobody has to listen for `error` here: Node then emits none, and `close` comes all the same.
  });
}

function expectsContinue({ httpVersion, headers }: IncomingMessage): boolean {
  return httpVersion === '1.1' && headers.expect?.toLowerCase() === '100-continue';
}
