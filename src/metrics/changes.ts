import type { MetricSnapshot } from './prometheus.ts';

/** A snapshot of which only some values are told: `at` says which. Absent: all of them. */
export type MetricChange = MetricSnapshot & { readonly at?: readonly number[] };

/**
 * Finds what is new in snapshots of what only grows, so that little is told however many series there are. A series, once
 * there, stays where it is among the values.
 */
export function findChanges(): (metrics: readonly MetricSnapshot[]) => readonly MetricChange[] {
  const told = new Map<string, readonly number[]>();
  return (metrics) =>
    metrics.map((metric) => {
      const before = told.get(metric.name);
      told.set(
        metric.name,
        metric.values.map(({ value }) => value),
      );
      if (!before) return metric;
      const at = metric.values.flatMap(({ value }, index) => (value === before[index] ? [] : [index]));
      return { ...metric, values: metric.values.filter(({ value }, index) => value !== before[index]), at };
    });
}

/** The whole snapshot after a change of what was known before. */
export function changedBy(
  known: MetricSnapshot | undefined,
  { at, ...change }: MetricChange,
): MetricSnapshot {
  if (!at) return change;
  const values = [...(known?.values ?? [])];
  for (const [index, value] of change.values.entries()) values[at[index] ?? values.length] = value;
  return { ...change, values };
}
