// npm run release:check -- [check …] [--strict]
// Checks what a release rests on, one line per check, and ends with 1 if one failed. With --strict, a check that could not
// be made fails too, and so does a version without a date.
import { fileURLToPath } from 'node:url';
import { runChecks } from './run.ts';

process.exitCode = runChecks(
  fileURLToPath(new URL('../..', import.meta.url)),
  process.argv.slice(2),
  console,
);
