import { type AddressInfo, Server } from 'node:net';
import { quietTurn } from '../contract/turns.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface BoundAddress extends ListenAddress {
  /** Where to reach it from this machine. */
  readonly url: string;
}

/** Connections that wait to be accepted; the system may allow fewer. Beyond it, a client tries again after a second. */
const BACKLOG = 4096;
/** Listens. Throws a ListenError if the address cannot be used. */
export async function listenOn(server: Server, { host, port }: ListenAddress): Promise<BoundAddress> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: Error) => reject(new ListenError(host, port, error));
    server.once('error', refuse);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', refuse);
      resolve();
    });
  });
  const boundPort = portOf(server.address());
  return { host, url: new URL(`http://${reachableHost(host)}:${boundPort}`).origin, port: boundPort };
}

/**
 * Takes no more connections. The system goes on making them until then, and cuts those that nobody has taken: so this waits
 * for a moment when there was none to take.
 */
export async function stopAccepting(server: Server): Promise<void> {
  let hasTaken = false;
  const take = () => {
    hasTaken = true;
  };
  server.on('connection', take);
  await quietTurn(() => {
    const isQuiet = !hasTaken;
    hasTaken = false;
    return isQuiet;
  });
  // A server of HTTP would first look after its connections, and more would be made meanwhile.
  Server.prototype.close.call(server);
  server.off('connection', take);
}

const WHY_NOT: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'the user that runs this may not use this port; most systems keep those below 1024 for root',
  ENOTFOUND: 'no such host is known here',
};

/** The service cannot listen on the address. The message says which and why. */
export class ListenError extends Error {
  override readonly name = 'ListenError';

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const why = WHY_NOT[cause.code ?? ''] ?? cause.message;
    super(`Cannot listen on ${inUrl(host)}:${port}: ${why}. Set PORT or HOST to use another address.`, {
      cause,
    });
  }
}

/** An address that means every interface is reached by the loopback one. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return inUrl(host);
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('the server has no TCP address');
  return address.port;
}
