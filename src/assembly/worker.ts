import type { Worker } from 'node:cluster';
import type { Log } from '../contract/log.ts';
import { attend } from '../http/hand-over.ts';
import { reportUnforeseen } from './log.ts';
import type { Found, OpenService } from './open-service.ts';
import { type MetricsPage, type MetricsReport, workerMetrics } from './worker-metrics.ts';

/** What the first process tells a worker. With `connection` comes one. */
export type WorkerOrder = Order | MetricsPage;

type Order = 'connection' | 'announce-end' | 'close' | 'no-more';

/** What a worker tells the first process. */
export type WorkerReport =
  | { readonly found: Found }
  /** It is given connections until the order `no-more`. */
  | { readonly wants: 'no-more' }
  | MetricsReport;

/**
 * Serves as one of several processes, until it is told to end and has ended. When, the first process says: a signal may
 * come to all of them at once, and a worker that obeyed it would stop serving too early. Rejects when it cannot start.
 */
export async function serveAsWorker(
  worker: Worker,
  log: Log,
  open: (page: () => Promise<string>) => Promise<OpenService>,
  graceMs: number,
): Promise<void> {
  process.on('SIGTERM', () => {});
  process.on('SIGINT', () => {});
  const report = (what: WorkerReport) =>
    new Promise<void>((resolve) => {
      if (process.connected) process.send?.(what, () => resolve());
      else resolve();
    });
  const metrics = workerMetrics(report);
  const orders = new Map<Order, (given: unknown) => void>();
  process.on('message', (order: WorkerOrder, given: unknown) => {
    if (typeof order === 'object') metrics.heed(order);
    else orders.get(order)?.(given);
  });
  const noMore = new Promise<void>((resolve) => orders.set('no-more', () => resolve()));
  const toClose = new Promise<void>((resolve) => {
    orders.set('close', () => resolve());
    process.on('uncaughtException', (error) => {
      reportUnforeseen(log, 'uncaughtException', error);
      process.exitCode = 1;
      resolve();
    });
  });
  process.on('unhandledRejection', (reason) => reportUnforeseen(log, 'unhandledRejection', reason));
  try {
    const service = await open(metrics.page);
    metrics.push(service.meters);
    const { serve, drain } = attend(service);
    orders.set('announce-end', service.announceEnd);
    orders.set('connection', serve);
    service.announceStart();
    report({ found: service.found });
    await toClose;
    await drain(graceMs, () => {
      report({ wants: 'no-more' });
      return noMore;
    });
    await service.close();
    await metrics.flush();
  } finally {
    worker.disconnect();
  }
}
