import type { IncomingMessage } from 'node:http';
import { MatchstickError } from '../errors.ts';

/**
 * The octets of a request's body, at most `maxBytes`. Rejects as soon as it is known to be longer, be it
 * by its Content-Length, and lets what still comes run into nothing.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const refuse = (error: MatchstickError) => {
      request.removeListener('data', keep);
      request.resume();
      reject(error);
    };
    const keep = (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) refuse(tooLarge(maxBytes));
      else chunks.push(chunk);
    };
    if (request.headers['content-encoding'] !== undefined) {
      refuse(new MatchstickError('media_type_unsupported', 'Send the body without a Content-Encoding.'));
    } else if (Number(request.headers['content-length']) > maxBytes) {
      refuse(tooLarge(maxBytes));
    } else {
      request.on('data', keep);
      request.once('end', () =>
        resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)),
      );
      request.once('error', () =>
        refuse(new MatchstickError('request_invalid', 'The body did not come to its end.')),
      );
    }
  });
}

function tooLarge(maxBytes: number): MatchstickError {
  return new MatchstickError('request_too_large', `The body is longer than ${maxBytes} octets.`);
}
