import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** One metric with its values, as it is told to another process. */
export type MetricSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number];

/** A new registry with what Node tells of its process, and with which version runs on what. */
export function processRegistry(build: { readonly version: string; readonly node: string }): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'matchstick_build_info',
    help: 'Always 1. The labels say which version of Matchstick runs on which Node.',
    labelNames: ['version', 'node'],
    aggregator: 'first',
    registers: [registry],
  }).set(build, 1);
  return registry;
}

export function counterIn<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[],
): Counter<Label> {
  return new Counter({ name, help, labelNames: [...labelNames], registers: [registry] });
}

export function histogramIn<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[],
  buckets: readonly number[],
): Histogram<Label> {
  return new Histogram({
    name,
    help,
    labelNames: [...labelNames],
    buckets: [...buckets],
    registers: [registry],
  });
}

/** A gauge whose series are made anew whenever it is read. Of several processes, the greatest value counts. */
export function readGaugeIn<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[],
  read: () => Iterable<readonly [Readonly<Record<Label, string>>, number]>,
): void {
  new Gauge({
    name,
    help,
    labelNames: [...labelNames],
    aggregator: 'max',
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.set(labels, value);
    },
  });
}

/**
 * The metrics with these names; all without any. JSON has no NaN, which a gauge is that has nothing to tell yet: it is left
 * out. What only grows is cut to a multiple of 2^-20: then doubles add up exactly, in whatever order, and no sum is the
 * last bit less than before, which Prometheus would take for a restart.
 */
export async function snapshotOf(
  registry: Registry,
  names?: ReadonlySet<string>,
): Promise<readonly MetricSnapshot[]> {
  const metrics = names
    ? await Promise.all([...names].map(async (name) => registry.getSingleMetric(name)?.get()))
    : await registry.getMetricsAsJSON();
  return metrics
    .filter((metric) => metric !== undefined)
    .map((metric) => {
      const values = metric.values.filter(({ value }) => Number.isFinite(value));
      return { ...metric, values: isCumulative(metric) ? values.map(cut) : values };
    });
}

const PARTS = 2 ** 20;

function cut<Sample extends { readonly value: number }>(sample: Sample): Sample {
  return { ...sample, value: Math.floor(sample.value * PARTS) / PARTS };
}

/** Several processes as one: each metric added up, or as its `aggregator` says. */
export function addUp(processes: readonly (readonly MetricSnapshot[])[]): Registry {
  return AggregatorRegistry.aggregate(processes.map((metrics) => [...metrics]));
}

/** Whether a metric goes on counting after the process has ended that counted. */
export function isCumulative({ type }: Pick<MetricSnapshot, 'type'>): boolean {
  // prom-client declares a numeric enum, and gives the names.
  return ['counter', 'histogram'].includes(String(type));
}

/** The same, where the first process of several answers for all. */
export function asFirst(metrics: readonly MetricSnapshot[]): readonly MetricSnapshot[] {
  return metrics.map((metric) =>
    metric.aggregator === 'omit' ? { ...metric, aggregator: 'first' } : metric,
  );
}
