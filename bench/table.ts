import type { Round } from './load.ts';

/** The rounds of one kind of work, in the order in which they ran: the n-th of each side are a pair. */
export interface Comparison {
  readonly work: string;
  readonly service: readonly Round[];
  readonly floor: readonly Round[];
}

const HEADINGS = ['', '', 'per second', 'min', 'max', 'p50 ms', 'p99 ms'];

/** Each figure is the median over the rounds; the ratio is the median over the pairs. */
export function resultTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.flatMap(({ work, service, floor }) => [
    [work, 'service', ...figures(service)],
    ['', 'floor', ...figures(floor)],
    ['', 'ratio', ...ratios(service, floor)],
  ]);
  const all = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column < 2 ? cell.padEnd : cell.padStart).call(cell, widths[column] ?? 0));
  return all.map((row) => line(row).join('  ').trimEnd()).join('\n');
}

function figures(rounds: readonly Round[]): string[] {
  const rates = rounds.map(({ perSecond }) => perSecond);
  const latencies = [rounds.map(({ p50Ms }) => p50Ms), rounds.map(({ p99Ms }) => p99Ms)];
  return [
    ...[median(rates), Math.min(...rates), Math.max(...rates)].map((rate) =>
      Math.round(rate).toLocaleString('en'),
    ),
    ...latencies.map((milliseconds) => median(milliseconds).toFixed(1)),
  ];
}

function ratios(service: readonly Round[], floor: readonly Round[]): string[] {
  const pairs = service.map((round, n) => round.perSecond / (floor[n]?.perSecond ?? Number.NaN));
  return [median(pairs), Math.min(...pairs), Math.max(...pairs)].map((ratio) => ratio.toFixed(2));
}

/** The middle one, or what lies between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}
