import { changedBy, type MetricChange } from './changes.ts';
import {
  addUp,
  asFirst,
  isCumulative,
  type MetricSnapshot,
  processRegistry,
  snapshotOf,
} from './prometheus.ts';

/** The metrics of several workers as those of one service, in their first process. */
export interface GatheredMetrics {
  /** Hears what a worker counts, in the order in which it told it. */
  heard(worker: number, metrics: readonly MetricChange[]): void;
  /** The worker says nothing more. What it counted stays counted; what it measured of itself is dropped. */
  ended(worker: number): void;
  /** The page of all, from what was heard: it waits for no worker. */
  page(): Promise<string>;
}

/** Keeps the newest that each worker told. However many have ended, it keeps one sum of them. */
export function gatheredMetrics(build: { readonly version: string; readonly node: string }): GatheredMetrics {
  const own = processRegistry(build);
  const living = new Map<number, Map<string, MetricSnapshot>>();
  /** What ended workers have counted: at most a sum, and those who are not added yet. */
  let counted: readonly (readonly MetricSnapshot[])[] = [];
  let adding: Promise<void> = Promise.resolve();

  async function addCounted(): Promise<void> {
    const parts = counted;
    if (parts.length < 2) return;
    const sum = await snapshotOf(addUp(parts));
    counted = [sum, ...counted.slice(parts.length)];
  }

  return {
    heard(worker, metrics) {
      const known = living.get(worker) ?? new Map<string, MetricSnapshot>();
      for (const metric of metrics) known.set(metric.name, changedBy(known.get(metric.name), metric));
      living.set(worker, known);
    },
    ended(worker) {
      const last = [...(living.get(worker)?.values() ?? [])].filter(isCumulative);
      living.delete(worker);
      if (last.length === 0) return;
      counted = [...counted, last];
      adding = adding.then(addCounted);
    },
    page: async () => {
      const first = asFirst(await snapshotOf(own));
      return addUp([
        first,
        ...[...living.values()].map((known) => [...known.values()]),
        ...counted,
      ]).metrics();
    },
  };
}
