import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What reached the server. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Script = (request: Asked, response: ServerResponse) => unknown;

/** A real HTTP server that answers each request as the next of its scripts says, and all others as the last. */
export interface ScriptedService {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** How many connections were made to it. */
  connections(): number;
  close(): Promise<void>;
}

export async function startScripted(...scripts: readonly Script[]): Promise<ScriptedService> {
  const asked: Asked[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request;
    const arrived = { method, path, headers, body: await text(request).catch(() => '') };
    asked.push(arrived);
    const script = scripts[Math.min(asked.length, scripts.length) - 1];
    await script?.(arrived, response);
  });
  server.on('connection', () => {
    connections++;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function answer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Script {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

export function problem(
  code: string,
  status: number,
  members: object = {},
  headers: Readonly<Record<string, string>> = {},
): Script {
  const body = {
    type: `urn:matchstick:problem:${code}`,
    title: '',
    status,
    detail: 'Said so.',
    code,
    ...members,
  };
  return answer(status, body, { 'Content-Type': 'application/problem+json', ...headers });
}

/** Cuts the connection without a word. */
export const cut: Script = (_request, response) => response.destroy();

/** Never answers. */
export const hang: Script = () => {};
