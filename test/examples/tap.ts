import { createServer, type IncomingHttpHeaders } from 'node:http';

/** Stands between two services, and sees what one sends to the other. */
export interface Tap {
  readonly url: string;
  /** The service behind it. */
  target: string;
  readonly seen: readonly SeenRequest[];
  /** Done with a request before it is passed on. */
  meanwhile: ((request: SeenRequest) => Promise<void>) | undefined;
  close(): Promise<void>;
}

export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export async function openTap(): Promise<Tap> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const { method = 'GET', url: path = '/', headers } = req;
    const body = Buffer.concat(chunks).toString();
    const request = { path, headers, body };
    seen.push(request);
    await tap.meanwhile?.(request);
    const answer = await fetch(new URL(path, tap.target), {
      method,
      headers: { Authorization: headers.authorization ?? '', 'Content-Type': headers['content-type'] ?? '' },
      body,
    });
    res.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type') ?? '' });
    res.end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('the tap has no port');
  const tap: Tap = {
    url: `http://127.0.0.1:${address.port}`,
    target: '',
    seen,
    meanwhile: undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return tap;
}
