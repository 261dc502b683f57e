import type { Worker } from 'node:cluster';
import type { Log } from '../contract/log.ts';
import { reportUnforeseen } from './log.ts';
import type { OpenService } from './open-service.ts';

/** What a worker is told. */
export type WorkerOrder = 'announce-end' | 'close';

/**
 * Serves as one of several processes. When to stop, the first process says: a signal may come to all of them at once, and
 * a worker that obeyed it would stop serving too early. Rejects when it cannot start.
 */
export async function serveAsWorker(
  worker: Worker,
  open: () => Promise<OpenService>,
  log: Log,
  graceMs: number,
): Promise<void> {
  process.on('SIGTERM', () => {});
  process.on('SIGINT', () => {});
  const opening = open();
  let isClosing = false;
  const close = async () => {
    if (isClosing) return;
    isClosing = true;
    const service = await opening.catch(() => undefined);
    await service?.close(graceMs);
    if (worker.isConnected()) worker.disconnect();
  };
  process.on('unhandledRejection', (reason) => reportUnforeseen(log, 'unhandledRejection', reason));
  process.on('uncaughtException', (error) => {
    reportUnforeseen(log, 'uncaughtException', error);
    process.exitCode = 1;
    close();
  });
  process.on('message', (order: WorkerOrder) => {
    if (order === 'close') close();
    else if (order === 'announce-end') opening.then((service) => service.announceEnd()).catch(() => {});
  });
  try {
    const { welcome } = await opening;
    process.send?.({ welcome });
  } catch (error) {
    worker.disconnect();
    throw error;
  }
}
