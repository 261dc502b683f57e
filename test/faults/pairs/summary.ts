import { hasFailed, type PairReport } from './report.ts';

const COLUMNS = [
  ['trials', (reports) => reports.length],
  ['tokens', (reports) => sum(reports, 'tokens')],
  ['tries', (reports) => sum(reports, 'tries')],
  ['redeemed too often', (reports) => sum(reports, 'tooOften')],
  ['after a revocation', (reports) => sum(reports, 'afterRevocation')],
  ['given back or had again', (reports) => sum(reports, 'unsettled')],
  ['collected twice', (reports) => sum(reports, 'collectedTwice')],
  ['did not recover', (reports) => reports.reduce((all, { notRecovered }) => all + notRecovered.length, 0)],
  ['failed trials', (reports) => reports.filter(hasFailed).length],
  ['naive: let through again', (reports) => sum(reports, 'naiveReplays')],
  ['naive: of tokens', (reports) => sum(reports, 'naiveTokens')],
  ['steps not possible', (reports) => reports.reduce((all, { couldNot }) => all + couldNot.length, 0)],
] as const satisfies readonly (readonly [string, (reports: readonly PairReport[]) => number])[];

/** A table in Markdown: each fault with everything that it was paired with, and each topology in all. */
export function printSummary(reports: readonly PairReport[]): void {
  const faults = new Set(reports.flatMap(({ pair }) => faultsOf(pair)));
  const row = (name: string, some: readonly PairReport[]) =>
    `| ${[name, ...COLUMNS.map(([, count]) => count(some).toLocaleString('en'))].join(' | ')} |`;
  console.log(`| a pair with | ${COLUMNS.map(([title]) => title).join(' | ')} |`);
  console.log(`|${' --- |'.repeat(COLUMNS.length + 1)}`);
  for (const fault of faults) {
    console.log(
      row(
        fault,
        reports.filter(({ pair }) => faultsOf(pair).includes(fault)),
      ),
    );
  }
  for (const topology of new Set(reports.map((report) => report.topology))) {
    console.log(
      row(
        `**all on ${topology}**`,
        reports.filter((report) => report.topology === topology),
      ),
    );
  }
  console.log(row('**all**', reports));
}

function faultsOf(pair: string): readonly string[] {
  return pair.slice(0, pair.lastIndexOf(':')).split('+');
}

function sum(
  reports: readonly PairReport[],
  field:
    | 'tokens'
    | 'tries'
    | 'tooOften'
    | 'afterRevocation'
    | 'unsettled'
    | 'collectedTwice'
    | 'naiveReplays'
    | 'naiveTokens',
): number {
  return reports.reduce((all, report) => all + report[field], 0);
}
