import type { RequestListener, ServerOptions } from 'node:http';
import { type BoundAddress, type ListenAddress, listenOn, stopAccepting } from './address.ts';
import { httpServer, type ServingOptions } from './server.ts';

/** A service that listens. */
export interface Listening extends BoundAddress {
  /** Finishes what is under way for at most `graceMs`, then cuts it. Resolves when every connection is gone. */
  drain(graceMs: number): Promise<void>;
}

/** Listens, making requests and responses of the given classes. Throws a ListenError if the address cannot be used. */
export async function listen(
  listener: RequestListener,
  { host, port, ...options }: ListenAddress & ServingOptions,
  classes: ServerOptions = {},
): Promise<Listening> {
  const { server, drain } = httpServer(listener, options, classes);
  const bound = await listenOn(server, { host, port });
  return { ...bound, drain: (graceMs) => drain(graceMs, () => stopAccepting(server)) };
}
