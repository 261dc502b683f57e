import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Which connections are answering a request just now. */
export interface Connections {
  /** Whether a request that has come in whole is being answered; if so, the connection ends with the answer. */
  endsWithAnswer(socket: Duplex): boolean;
  /** Closes those that are idle, and each of the others with its answer. */
  closeWhenIdle(): void;
}

export function watchConnections(server: Server): Connections {
  const open = new Map<Duplex, Map<IncomingMessage, ServerResponse>>();
  const ending = new WeakSet<Duplex>();
  let closing = false;

  server.on('connection', (socket: Socket) => {
    open.set(socket, new Map());
    socket.once('close', () => open.delete(socket));
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const underWay = open.get(socket);
    if (!underWay) return;
    underWay.set(request, response);
    if (closing) response.setHeader('Connection', 'close');
    response.once('close', () => {
      underWay.delete(request);
      if ((closing || ending.has(socket)) && underWay.size === 0) socket.destroySoon();
    });
  });

  return {
    endsWithAnswer(socket) {
      const isAnswering = [...(open.get(socket)?.keys() ?? [])].some(({ complete }) => complete);
      if (isAnswering) ending.add(socket);
      return isAnswering;
    },
    closeWhenIdle() {
      closing = true;
      for (const [socket, underWay] of open) {
        if (underWay.size === 0) socket.destroy();
        for (const response of underWay.values()) {
          if (!response.headersSent) response.setHeader('Connection', 'close');
        }
      }
    },
  };
}
