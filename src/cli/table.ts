import { styleText } from 'node:util';
import { oneLine } from './plain-text.ts';

type Style = 'bold' | 'red' | 'yellow' | 'green';

/** The text in a colour, if there are colours. */
export function coloured(style: Style, text: string, hasColours: boolean): string {
  return hasColours ? styleText(style, text, { validateStream: false }) : text;
}

/** One line for each member. */
export function factsText(facts: object): string {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined);
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${shown(value)}\n`).join('');
}

/** Rows below their headings. */
export function tableText(
  headings: readonly string[],
  rows: readonly (readonly unknown[])[],
  hasColours: boolean,
): string {
  const cells = rows.map((row) => row.map(shown));
  const widths = headings.map((name, at) =>
    Math.max(name.length, ...cells.map((row) => row[at]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [coloured('bold', line(headings), hasColours), ...cells.map(line), ''].join('\n');
}

function shown(value: unknown): string {
  if (typeof value === 'string') return oneLine(value);
  return value === undefined ? '' : JSON.stringify(value);
}
