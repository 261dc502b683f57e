// npm run bench:compare -- bench/history/0.1.0.json now.json
// What became of each ratio between two runs, and which moved by more than its spread. Never fails: it shows, people judge.
import { readFile } from 'node:fs/promises';
import { changesBetween, changesTable } from './changes.ts';
import { parseReport } from './report.ts';

async function main([before, after]: readonly string[]): Promise<void> {
  if (before === undefined || after === undefined)
    throw new Error('usage: npm run bench:compare -- BEFORE.json AFTER.json');
  const [first, second] = [
    parseReport(await readFile(before, 'utf8')),
    parseReport(await readFile(after, 'utf8')),
  ];
  const about = ({ version, date, node, load }: typeof first) =>
    `${version}, ${date}, Node ${node}, load ${load.before.toFixed(1)} to ${load.after.toFixed(1)}`;
  console.log(`before: ${about(first)}\nafter:  ${about(second)}\n`);
  console.log(changesTable(changesBetween(first, second)));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
