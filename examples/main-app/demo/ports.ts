import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** The port, or another when something listens on it: below those that systems give to clients. */
export async function freePort(preferred: number = randomPort()): Promise<number> {
  let port = preferred;
  while (!(await isFree(port))) port = randomPort();
  return port;
}

function randomPort(): number {
  return randomInt(12_000, 22_000);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
