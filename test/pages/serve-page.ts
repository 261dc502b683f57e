import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '../../src/pages/view.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export interface ServedPage {
  readonly url: string;
  /** Every request that came, in order. */
  readonly asked: readonly Asked[];
  /** Serves another page under the same address from now on. */
  show(page: Page): void;
  /** Sends whoever presses the button there from now on. */
  redirectTo(url: string): void;
  close(): Promise<void>;
}

/** Serves a page with its headers, so that its policy is in effect, at every path of a free port. */
export async function servePage(first: Page): Promise<ServedPage> {
  let shown = first;
  let next: string | undefined;
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '' } = request;
    const chunks = await request.toArray();
    asked.push({ method, path, body: Buffer.concat(chunks).toString() });
    if (method === 'POST' && next) {
      response.writeHead(303, { Location: next }).end();
      return;
    }
    response.writeHead(200, { ...shown.headers, 'Cache-Control': 'no-store' }).end(shown.html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/l/some-reference`,
    asked,
    show: (page) => {
      shown = page;
    },
    redirectTo: (url) => {
      next = url;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
