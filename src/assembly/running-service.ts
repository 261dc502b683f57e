import type { ListenAddress } from '../http/address.ts';
import { listen } from '../http/listen.ts';
import type { Found, OpenService } from './open-service.ts';

/** The service, listening. */
export interface RunningService {
  /** Where to reach it from this machine. */
  readonly url: string;
  readonly found: Found;
  /** From now on it says that it is not ready, and serves on. */
  announceEnd(): void;
  /** Takes no more requests, lets those under way finish for at most `graceMs`, and closes the ledger. */
  close(graceMs: number): Promise<void>;
}

/** The service in this process alone. Closes what is open and throws a ListenError if the address cannot be used. */
export async function listenAlone(service: OpenService, address: ListenAddress): Promise<RunningService> {
  const { listener, options, classes, found, announceEnd } = service;
  const { url, drain } = await listen(listener, { ...address, ...options }, classes).catch(
    async (error: unknown) => {
      await service.close();
      throw error;
    },
  );
  service.announceStart();
  return {
    url,
    found,
    announceEnd,
    close: async (graceMs) => {
      await drain(graceMs);
      await service.close();
    },
  };
}
