import type { MetricChange } from '../metrics/changes.ts';
import type { Meters } from '../metrics/meters.ts';
import { pushMetrics } from '../metrics/pushing.ts';

/** What a worker tells the first process of metrics: what it counts, or that it wants the page of all. */
export type MetricsReport = { readonly counted: readonly MetricChange[] } | { readonly wantsPage: number };

/** The page that a worker wanted, by the number under which it did. */
export interface MetricsPage {
  readonly page: string;
  readonly wanted: number;
}

/** The metrics of one of several processes. */
export interface WorkerMetrics {
  /** The page of all processes. */
  page(): Promise<string>;
  heed(page: MetricsPage): void;
  /** From now on the first process hears what is counted here. */
  push(meters: Meters): void;
  /** Tells what the first process does not know yet. */
  flush(): Promise<void>;
}

/** `send` resolves when what it was given is on its way, and never rejects. */
export function workerMetrics(send: (report: MetricsReport) => Promise<void>): WorkerMetrics {
  const waiting = new Map<number, (page: string) => void>();
  let pages = 0;
  let flush = async () => {};
  return {
    page: () =>
      new Promise((resolve) => {
        const wantsPage = ++pages;
        waiting.set(wantsPage, resolve);
        void send({ wantsPage });
      }),
    heed({ page, wanted }) {
      waiting.get(wanted)?.(page);
      waiting.delete(wanted);
    },
    push: (meters) => {
      flush = pushMetrics(meters, (counted) => send({ counted })).flush;
    },
    flush: () => flush(),
  };
}
