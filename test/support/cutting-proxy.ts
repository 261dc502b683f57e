import { connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server, and loses what it is told to lose. */
export interface CuttingProxy {
  readonly port: number;
  /** Passes so many octets of the server's next replies, then cuts the connection; so many times. */
  cutRepliesAfter(octets: number, times: number): void;
  /** From now on replies vanish and connections stay open; one that has lost a reply never brings another. */
  swallowReplies(swallow: boolean): void;
  /** The next octets that the server sends, which are a reply or some, vanish from a connection that goes on. */
  loseNextReply(): void;
  /** How often a connection was cut. */
  cuts(): number;
  close(): Promise<void>;
}

export async function startCuttingProxy(serverPort: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let allowance = Number.POSITIVE_INFINITY;
  let octetsPerCut = 0;
  let cutsLeft = 0;
  let cutCount = 0;
  let swallowing = false;
  let isNextLost = false;

  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: serverPort, host: '127.0.0.1', noDelay: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => upstream.write(chunk));
    let isBlackHole = false;
    upstream.on('data', (chunk) => {
      isBlackHole ||= swallowing;
      if (isBlackHole) return;
      if (isNextLost) {
        isNextLost = false;
        return;
      }
      if (chunk.length <= allowance) {
        allowance -= chunk.length;
        client.write(chunk);
        return;
      }
      const passed = chunk.subarray(0, allowance);
      cutCount++;
      cutsLeft--;
      allowance = cutsLeft > 0 ? octetsPerCut : Number.POSITIVE_INFINITY;
      client.write(passed, () => client.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    port: address.port,
    cutRepliesAfter: (octets, times) => {
      octetsPerCut = octets;
      allowance = octets;
      cutsLeft = times;
    },
    swallowReplies: (swallow) => {
      swallowing = swallow;
    },
    loseNextReply: () => {
      isNextLost = true;
    },
    cuts: () => cutCount,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
