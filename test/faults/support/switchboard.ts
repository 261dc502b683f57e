import { connect, createServer, type Socket } from 'node:net';

/** One address for whichever server is the master at the time, as a virtual IP or a service name is. */
export interface Switchboard {
  readonly port: number;
  readonly url: string;
  /** From now on connections lead there; those that lead elsewhere are cut. */
  leadTo(port: number): void;
  close(): Promise<void>;
}

export async function startSwitchboard(serverPort: number): Promise<Switchboard> {
  const sockets = new Set<Socket>();
  let target = serverPort;
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('data', (chunk) => to.write(chunk));
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('the switchboard has no port');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    url: `redis://127.0.0.1:${address.port}`,
    leadTo: (port) => {
      target = port;
      cut();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
