import { type AddressInfo, connect } from 'node:net';
import express, { type Express } from 'express';

export interface RunningApp {
  readonly url: string;
  readonly port: number;
}

/** A real Express app on a port of its own, ended by `onClose`. It prints nothing of the errors that it answers. */
export async function runApp(
  onClose: (close: () => unknown) => void,
  configure: (app: Express) => unknown,
): Promise<RunningApp> {
  const app = express();
  app.set('env', 'test');
  configure(app);
  const server = app.listen(0, '127.0.0.1');
  await new Promise<void>((resolve, reject) => server.once('listening', resolve).once('error', reject));
  onClose(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port };
}

/** Sends these lines as they are, with a Host unless they have one, and gives the status and the body. */
export function sendLines(
  { port }: RunningApp,
  lines: readonly string[],
  body = '',
): Promise<{ readonly status: number; readonly text: string }> {
  const host = lines.some((line) => /^host:/i.test(line)) ? [] : [`Host: 127.0.0.1:${port}`];
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1');
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => {
      const [head = '', ...rest] = Buffer.concat(chunks).toString().split('\r\n\r\n');
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), text: rest.join('\r\n\r\n') });
    });
    socket.write(`${[...lines, ...host, ...length, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`);
  });
}
