import cluster, { type Worker } from 'node:cluster';
import type { Connection } from '../http/hand-over.ts';
import type { GatheredMetrics } from '../metrics/gathered.ts';
import type { Found } from './open-service.ts';
import { giveInTurns } from './turns-of-workers.ts';
import type { WorkerOrder, WorkerReport } from './worker.ts';

/** The workers of this process. */
export interface Crew {
  /** Starts one more. Resolves once it serves, with what it found; rejects with a WorkerError if it ends before. */
  start(): Promise<Found>;
  /** Whether any of them takes connections. */
  serves(): boolean;
  /** Gives a connection to the next in turn; while there is none, it waits for one. */
  give(connection: Connection): void;
  announceEnd(): void;
  /**
   * Lets all finish for at most `graceMs`, then kills what is left. `stopGiving` is called when every one has ended its
   * connections so far, and none is given once that has resolved. Resolves when all have ended.
   */
  close(graceMs: number, stopGiving: () => Promise<void>): Promise<void>;
}

/** How a worker ended. */
export interface WorkerEnd {
  readonly worker: number;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** A worker could not start. It has said why, unless somebody killed it. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  readonly end: WorkerEnd;

  constructor(end: WorkerEnd) {
    super('A worker could not start.');
    this.end = end;
  }
}

/** What is allowed beside the grace for the requests under way, before a worker that does not end is killed. */
const MORE_GRACE_MS = 3_000;

/**
 * `onEnd` hears of each worker that served, and ended although nobody had asked for it; `metrics` what all of them count.
 */
export function assembleCrew(
  onEnd: (end: WorkerEnd) => void,
  { metrics, monotonicMs }: { readonly metrics: GatheredMetrics; readonly monotonicMs: () => number },
): Crew {
  /** In the order of their turns. */
  let serving: readonly Worker[] = [];
  const turns = giveInTurns<Worker>(monotonicMs);
  let waiting: readonly Connection[] = [];
  let isEnding = false;
  const hasServed = new Set<Worker>();
  const finishing = new Set<Worker>();
  let onFinishing = () => {};

  cluster.on('exit', (worker, exitCode, signal) => {
    remove(worker);
    finishing.delete(worker);
    onFinishing();
    if (hasServed.delete(worker) && !isEnding) onEnd({ worker: worker.id, exitCode, signal });
  });

  // Only now nothing more is heard of it: what it told last may come after its end.
  cluster.on('disconnect', (worker) => metrics.ended(worker.id));

  function remove(worker: Worker): void {
    serving = serving.filter((each) => each !== worker);
  }

  function give(connection: Connection): void {
    const next = turns.next(serving);
    if (!next) {
      waiting = [...waiting, connection];
      return;
    }
    serving = [...serving.filter((each) => each !== next), next];
    const hasArrived = turns.sent(next);
    next.send('connection' satisfies WorkerOrder, connection, (error) => {
      hasArrived();
      if (!error) return;
      remove(next);
      give(connection);
    });
  }

  function heed(worker: Worker, report: WorkerReport): void {
    if ('found' in report) {
      hasServed.add(worker);
      serving = [...serving, worker];
      const given = waiting;
      waiting = [];
      for (const connection of given) give(connection);
    } else if ('counted' in report) {
      metrics.heard(worker.id, report.counted);
    } else if ('wantsPage' in report) {
      const { wantsPage: wanted } = report;
      void metrics.page().then((page) => tell(worker, { page, wanted }));
    } else {
      finishing.add(worker);
      if (isEnding) onFinishing();
      else {
        remove(worker);
        tell(worker, 'no-more');
      }
    }
  }

  return {
    start: () => {
      const worker = cluster.fork();
      return new Promise((resolve, reject) => {
        worker.once('exit', (exitCode, signal) =>
          reject(new WorkerError({ worker: worker.id, exitCode, signal })),
        );
        worker.on('message', (report: WorkerReport) => {
          heed(worker, report);
          if ('found' in report) resolve(report.found);
        });
      });
    },
    serves: () => serving.length > 0,
    give,
    announceEnd: () => {
      for (const worker of living()) tell(worker, 'announce-end');
    },
    close: async (graceMs, stopGiving) => {
      isEnding = true;
      const all = living();
      const haveEnded = Promise.all(all.map(ended));
      const timer = setTimeout(() => {
        for (const worker of living()) worker.process.kill('SIGKILL');
      }, graceMs + MORE_GRACE_MS);
      for (const worker of all) tell(worker, 'close');
      await new Promise<void>((resolve) => {
        onFinishing = () => serving.every((worker) => finishing.has(worker)) && resolve();
        onFinishing();
      });
      await stopGiving();
      for (const worker of living()) tell(worker, 'no-more');
      for (const connection of waiting) connection.destroy();
      await haveEnded;
      clearTimeout(timer);
    },
  };
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
