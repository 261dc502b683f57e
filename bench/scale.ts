// npm run scale [-- --write] [0.1.0]
// What 10^3, 10^5 and 10^7 redemptions a second take, from the numbers of a kept run; without a version, of the newest.
// Prints the tables of docs/scale.md, and with --write puts them there.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseReport } from './report.ts';
import { inputsOf } from './scale-model.ts';
import { ASSUMPTIONS, scaleTables } from './scale-tables.ts';

const HISTORY = new URL('./history/', import.meta.url);
const PAGE = fileURLToPath(new URL('../docs/scale.md', import.meta.url));

async function main(args: readonly string[]): Promise<void> {
  const versions = (await readdir(HISTORY)).map((name) => name.replace(/\.json$/, ''));
  const newest = versions.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  const version = args.find((each) => each !== '--write') ?? newest;
  if (version === undefined || !versions.includes(version))
    throw new Error(`bench/history has ${versions.join(', ') || 'no run'}: npm run bench:history makes one`);
  const report = parseReport(await readFile(new URL(`${version}.json`, HISTORY), 'utf8'));
  const tables = scaleTables(inputsOf(report));
  console.log(`${ASSUMPTIONS}\n`);
  for (const table of Object.values(tables)) console.log(`${table}\n`);
  if (!args.includes('--write')) return;
  let page = await readFile(PAGE, 'utf8');
  for (const [name, table] of Object.entries(tables)) {
    const place = new RegExp(`(<!-- npm run scale: ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
    if (!place.test(page)) throw new Error(`docs/scale.md has no place for the table ${name}`);
    page = page.replace(place, (_, before: string, after: string) => `${before}\n${table}\n\n${after}`);
  }
  await writeFile(PAGE, page);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
