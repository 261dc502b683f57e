// npm run bench:history [-- options of bench]
// Measures everything, keeps it as the numbers of this version, and writes the tables of docs/scale.md anew.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const { version }: { version: string } = JSON.parse(readFileSync(pathOf('../package.json'), 'utf8'));
const tsx = import.meta.resolve('tsx');

function run(program: string, args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, ['--import', tsx, pathOf(program), ...args], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

const file = pathOf(`./history/${version}.json`);
run('./main.ts', ['all', '--json', file, ...process.argv.slice(2)]);
run('./scale.ts', ['--write', version]);
