import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Matchstick, Proof } from '../../src/contract/matchstick.ts';
import { MatchstickError } from '../../src/errors.ts';

/** Another service, which redeems the capability of each call that it receives. */
export interface Receiver {
  readonly url: string;
  /** The calls that it received, newest last. */
  readonly received: readonly Received[];
  close(): Promise<void>;
}

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers 200 with what it received, or 403 with the code of the refusal. */
export async function startReceiver(
  matchstick: Pick<Matchstick, 'redeem'>,
  purpose: string,
): Promise<Receiver> {
  const received: Received[] = [];
  let origin = '';
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const { method = '', url: path = '', headers } = request;
    const call = { method, url: `${origin}${path}`, headers, body: body.toString('latin1') };
    received.push(call);
    const answer = (status: number, value: unknown) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    const [, token = ''] = /^(?:Bearer|DPoP) (\S+)$/.exec(headers.authorization ?? '') ?? [];
    try {
      await matchstick.redeem(token, purpose, { audience: 'billing', proof: proofOf(call, body) });
      answer(200, { method, path, body: call.body });
    } catch (error) {
      answer(403, { code: error instanceof MatchstickError ? error.code : 'unknown', detail: String(error) });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  origin = `http://127.0.0.1:${port}`;
  return {
    url: origin,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Of what came, and not of what its headers say came. */
function proofOf({ method, url, headers }: Received, body: Buffer): Proof {
  const { dpop, 'content-type': contentType } = headers;
  const contentDigest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
  return {
    request: { method, url, contentDigest, contentType },
    ...(typeof dpop === 'string' ? { dpop } : {}),
  };
}
