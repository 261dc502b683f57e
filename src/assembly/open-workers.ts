import cluster, { type Worker } from 'node:cluster';
import type { Log } from '../contract/log.ts';
import type { OpenService } from './open-service.ts';
import type { WorkerOrder } from './worker.ts';

export interface WorkersOptions {
  readonly log: Log;
  readonly monotonicMs: () => number;
  /** Hears that workers end again and again, so that there is no point in starting more. */
  readonly giveUp: (reason: string) => void;
}

const CRASHES = 5;
const CRASHES_WITHIN_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** What is allowed beside the grace for the requests under way, before a worker that does not end is killed. */
const MORE_GRACE_MS = 3_000;

/** A worker could not start. It has said why. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
}

/**
 * The service in several processes on one port. The first one starts alone, so that what is wrong is said once. A worker
 * that ends is replaced, a little later each time. Rejects with a WorkerError when one cannot start.
 */
export async function openWorkers(
  count: number,
  { log, monotonicMs, giveUp }: WorkersOptions,
): Promise<OpenService> {
  let isEnding = false;
  let isOpen = false;
  let crashes: readonly number[] = [];

  cluster.on('exit', ({ id }, code, signal) => {
    if (isEnding || !isOpen) return;
    const nowMs = monotonicMs();
    crashes = [...crashes.filter((atMs) => nowMs - atMs < CRASHES_WITHIN_MS), nowMs];
    log.error({ event: 'worker.ended', worker: id, exitCode: code, signal });
    if (crashes.length >= CRASHES) {
      log.error({ event: 'workers.given-up' }, `Workers ended ${CRASHES} times within a minute.`);
      giveUp('workers ended again and again');
      return;
    }
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (crashes.length - 1), LONGEST_PAUSE_MS);
    setTimeout(() => isEnding || cluster.fork(), pauseMs);
  });

  async function close(graceMs: number): Promise<void> {
    isEnding = true;
    const left = living();
    for (const worker of left) tell(worker, 'close');
    const timer = setTimeout(() => {
      for (const worker of living()) worker.process.kill('SIGKILL');
    }, graceMs + MORE_GRACE_MS);
    await Promise.all(left.map(ended));
    clearTimeout(timer);
  }

  try {
    const welcome = await listening(cluster.fork());
    await Promise.all(Array.from({ length: count - 1 }, () => listening(cluster.fork())));
    isOpen = true;
    return {
      welcome,
      announceEnd: () => {
        isEnding = true;
        for (const worker of living()) tell(worker, 'announce-end');
      },
      close,
    };
  } catch (error) {
    await close(0);
    throw error;
  }
}

function living(): readonly Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}

function tell(worker: Worker, order: WorkerOrder): void {
  if (worker.isConnected()) worker.send(order, () => {});
}

function ended(worker: Worker): Promise<void> {
  return worker.isDead() ? Promise.resolve() : new Promise((resolve) => worker.once('exit', () => resolve()));
}

/** Resolves with its welcome once it listens. */
function listening(worker: Worker): Promise<string> {
  return new Promise((resolve, reject) => {
    worker.once('exit', () => reject(new WorkerError('A worker could not start.')));
    worker.on('message', (message: unknown) => {
      if (typeof message === 'object' && message !== null && 'welcome' in message)
        resolve(String(message.welcome));
    });
  });
}
