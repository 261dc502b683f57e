// npm run test:nodes           every version of the matrix in .github/workflows/ci.yml
// npm run test:nodes -- 22 24  these versions
// Runs the tests that start no process under other versions of Node, which npm fetches.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WORKFLOW = new URL('../.github/workflows/ci.yml', import.meta.url);

const { jobs } = parse(readFileSync(WORKFLOW, 'utf8'));
const asked = process.argv.slice(2);
const versions: readonly string[] = asked.length > 0 ? asked : jobs.quick.strategy.matrix.node;

const failed = versions.filter((version) => {
  console.log(`Node ${version}`);
  const command = [
    '--yes',
    '--package',
    `node@${version}`,
    'node',
    '--import',
    'tsx',
    'scripts/quick-tests.ts',
  ];
  return spawnSync('npx', command, { cwd: ROOT, stdio: 'inherit' }).status !== 0;
});
if (failed.length > 0) {
  console.error(`Failed under Node ${failed.join(', ')}.`);
  process.exitCode = 1;
}
