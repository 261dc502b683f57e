import { connect, createServer, type Socket } from 'node:net';
import { respFrames } from './resp-frames.ts';

/**
 * What becomes of the reply to one request: it passes, vanishes alone, is late by so many milliseconds (and all
 * after it), or takes the connection with it.
 */
export type Fate = 'pass' | 'vanish' | 'cut' | { readonly lateByMs: number };

/** Stands between a client and a server, knows which reply belongs to which request, and decides its fate. */
export interface ReplyProxy {
  readonly port: number;
  readonly url: string;
  /** From now on. `request` is the whole command as it was sent. */
  decide(fateOf: (request: string) => Fate): void;
  /** From now on connections are cut at once, those that are open too. */
  refuse(refuse: boolean): void;
  /** From now on a connection that the client closes is closed on this side so much later. */
  closeLate(milliseconds: number): void;
  /** How many requests have met another fate than to pass. */
  struck(): number;
  close(): Promise<void>;
}

export async function startReplyProxy(serverPort: number): Promise<ReplyProxy> {
  const sockets = new Set<Socket>();
  let fateOf: (request: string) => Fate = () => 'pass';
  let struck = 0;
  let isRefusing = false;
  let closesLateByMs = 0;
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };

  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    if (isRefusing) {
      client.destroy();
      return;
    }
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
    client.on('end', () => setTimeout(() => client.destroy(), closesLateByMs));
    const fates: Fate[] = [];
    const [requestsIn, repliesIn] = [respFrames(), respFrames()];
    client.on('data', (chunk: Buffer) => {
      for (const request of requestsIn(chunk)) {
        const fate = fateOf(request.toString('latin1'));
        if (fate !== 'pass') struck++;
        fates.push(fate);
      }
      upstream.write(chunk);
    });
    let passed = Promise.resolve();
    upstream.on('data', (chunk: Buffer) => {
      for (const reply of repliesIn(chunk)) {
        const fate = fates.shift() ?? 'pass';
        passed = passed.then(async () => {
          if (fate === 'vanish') return;
          if (fate === 'cut') client.destroy();
          else if (fate !== 'pass') await new Promise((resolve) => setTimeout(resolve, fate.lateByMs));
          client.write(reply);
        });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    port: address.port,
    url: `redis://127.0.0.1:${address.port}`,
    decide: (decision) => {
      fateOf = decision;
    },
    refuse: (refuse) => {
      isRefusing = refuse;
      if (refuse) cutAll();
    },
    closeLate: (milliseconds) => {
      closesLateByMs = milliseconds;
    },
    struck: () => struck,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cutAll();
      }),
  };
}

/** The next so many requests that match meet the fate; all others pass. */
export function nextTimes(times: number, pattern: RegExp, fate: Fate): (request: string) => Fate {
  let left = times;
  return (request) => {
    if (left === 0 || !pattern.test(request)) return 'pass';
    left--;
    return fate;
  };
}

/** The script by which a server is asked what scripts see of its identity: the only one without keys. */
export const LOOK = /\r\neval\r\n[\s\S]*master_replid[\s\S]*\r\n\$1\r\n0\r\n$/;

/** The script that thaws a shard, sent as itself. */
export const THAW = /\r\neval\r\n[\s\S]*'not-frozen'/;
