import { createServer, Socket } from 'node:net';
import { type BoundAddress, type ListenAddress, listenOn, stopAccepting } from './address.ts';
import { httpServer, type RequestHandler } from './server.ts';

/** A connection that another process can be given. */
export type Connection = Socket;

/** A port whose connections are served by other processes. */
export interface OpenPort extends BoundAddress {
  /** Takes no more connections. */
  stop(): Promise<void>;
}

/** Listens, and hands every connection over unread. Throws a ListenError if the address cannot be used. */
export async function openPort(
  { host, port }: ListenAddress,
  handOver: (connection: Connection) => void,
): Promise<OpenPort> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, handOver);
  const bound = await listenOn(server, { host, port });
  return { ...bound, stop: () => stopAccepting(server) };
}

/** A server that serves what it is given. */
export interface Attendant {
  /** Serves a connection. Anything else is what came of one that ended on its way. */
  serve(connection: unknown): void;
  /** As that of a service that listens. No connection is given any more once `stopGiving` has resolved. */
  drain(graceMs: number, stopGiving: () => Promise<void>): Promise<void>;
}

/** Serves connections that another process has taken. */
export function attend({ listener, options, classes }: RequestHandler): Attendant {
  const { server, drain } = httpServer(listener, options, classes);
  // From here on Node watches the time-outs of its connections.
  server.emit('listening');
  return {
    serve: (connection) => {
      if (!(connection instanceof Socket)) return;
      // As on connections that a server of HTTP has taken itself: who has sent everything still gets an answer.
      connection.allowHalfOpen = true;
      server.emit('connection', connection);
    },
    drain,
  };
}
