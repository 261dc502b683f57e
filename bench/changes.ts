import { aligned, type Report, short } from './report.ts';
import type { Spread } from './statistics.ts';

/** What became of a ratio. */
export interface Change {
  /** Part, row and figure. */
  readonly name: string;
  readonly before: Spread | undefined;
  readonly after: Spread | undefined;
  /** Whether the middle halves of the two runs have nothing in common. */
  readonly moved: boolean;
}

/** Every ratio of either run, in the order of the first. */
export function changesBetween(before: Report, after: Report): readonly Change[] {
  const [first, second] = [ratiosOf(before), ratiosOf(after)];
  return [...new Set([...first.keys(), ...second.keys()])].map((name) => {
    const [one, two] = [first.get(name), second.get(name)];
    const moved = one !== undefined && two !== undefined && (two.low > one.high || two.high < one.low);
    return { name, before: one, after: two, moved };
  });
}

export function changesTable(changes: readonly Change[]): string {
  const rows = changes.map(({ name, before, after, moved }) => [
    name,
    told(before),
    told(after),
    before && after ? percent(after.median / before.median - 1) : '',
    moved ? 'moved' : '',
  ]);
  return aligned([['ratio', 'before', 'after', 'change', ''], ...rows]);
}

function ratiosOf({ parts }: Report): ReadonlyMap<string, Spread> {
  return new Map(
    Object.entries(parts).flatMap(([part, rows]) =>
      rows.flatMap(({ name, ratios }) =>
        Object.entries(ratios).map(([figure, ratio]) => [`${part}: ${name}: ${figure}`, ratio] as const),
      ),
    ),
  );
}

function told(spread: Spread | undefined): string {
  if (!spread) return '–';
  return `${short(spread.median)} (${short(spread.low)}–${short(spread.high)})`;
}

function percent(share: number): string {
  return `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(0)} %`;
}
