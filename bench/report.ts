import { z } from 'zod';
import { ratioOf, type Spread, spreadOf } from './statistics.ts';

const spread = z.object({ median: z.number(), low: z.number(), high: z.number() });
const row = z.object({
  name: z.string(),
  /** By what they count and in which unit: "CPU us". */
  figures: z.record(z.string(), spread),
  /** Of the figures of the same name, to those of the row `to`. */
  ratios: z.record(z.string(), spread),
  to: z.string().optional(),
});
const report = z.object({
  version: z.string(),
  date: z.string(),
  node: z.string(),
  redis: z.string(),
  cpus: z.number(),
  /** How many processes wanted a processor on average, before the first measurement and after the last. */
  load: z.object({ before: z.number(), after: z.number() }),
  options: z.record(z.string(), z.number()),
  parts: z.record(z.string(), z.array(row)),
});

/** One thing that was measured. */
export type Row = Readonly<z.output<typeof row>>;
export type Report = z.output<typeof report>;

/** What one measurement found, by what it counts. */
export type Measured = Readonly<Record<string, number>>;

export function parseReport(text: string): Report {
  return report.parse(JSON.parse(text));
}

/** As it is kept: four digits of each number, and each spread on one line. */
export function reportText(told: Report): string {
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(4)) : value;
  const text = JSON.stringify(told, rounded, 2);
  const value = '("(?:median|low|high)": [^\\s]+)\\s+';
  return `${text.replace(new RegExp(`\\{\\s+${value.repeat(3)}\\}`, 'g'), '{ $1 $2 $3 }')}\n`;
}

/** The row of one thing's measurements; with `to`, the ratios of those figures that both have. */
export function rowOf(
  name: string,
  rounds: readonly Measured[],
  to?: { readonly name: string; readonly rounds: readonly Measured[]; readonly compared: readonly string[] },
): Row {
  const of = (all: readonly Measured[], figure: string) => all.map((each) => each[figure] ?? Number.NaN);
  const names = Object.keys(rounds[0] ?? {});
  const known = ([, found]: readonly [string, Spread]) => Number.isFinite(found.median);
  const spreads = names.map((figure) => [figure, spreadOf(of(rounds, figure))] as const);
  const figures = Object.fromEntries(spreads.filter(known));
  if (!to) return { name, figures, ratios: {} };
  const common = to.compared.filter((figure) => names.includes(figure) && figure in (to.rounds[0] ?? {}));
  const ratios = common.map(
    (figure) => [figure, ratioOf(of(rounds, figure), of(to.rounds, figure))] as const,
  );
  return { name, figures, ratios: Object.fromEntries(ratios.filter(known)), to: to.name };
}

/** The rows of one part as a table: medians, and the middle half in brackets. */
export function partTable(part: string, rows: readonly Row[]): string {
  const figures = [...new Set(rows.flatMap((each) => Object.keys(each.figures)))];
  const ratios = [...new Set(rows.flatMap((each) => Object.keys(each.ratios)))];
  const headings = [
    part,
    ...figures,
    ...ratios.map((name) => `ratio, ${name}`),
    ratios.length > 0 ? 'to' : '',
  ];
  const lines = rows.map((each) => [
    each.name,
    ...figures.map((name) => cell(each.figures[name])),
    ...ratios.map((name) => cell(each.ratios[name])),
    each.to ?? '',
  ]);
  return aligned([headings, ...lines]);
}

function cell(value: Spread | undefined): string {
  if (value === undefined) return '';
  const { median, low, high } = value;
  return low === high ? short(median) : `${short(median)} (${short(low)}–${short(high)})`;
}

/** Three digits at least, and no more after the point than that takes. */
export function short(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The first and the last column to the left, all others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const count = Math.max(...rows.map((each) => each.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map((each) => each[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells.map((text, column) =>
      column === 0 || column === count - 1
        ? text.padEnd(widths[column] ?? 0)
        : text.padStart(widths[column] ?? 0),
    );
  return rows.map((each) => line(each).join('  ').trimEnd()).join('\n');
}
