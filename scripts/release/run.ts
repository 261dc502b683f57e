import { parseArgs } from 'node:util';
import { checksOf } from './checks.ts';
import { lineOf, type Outcome, outcomeOf } from './outcome.ts';

export type Terminal = Pick<Console, 'log' | 'error'>;

/**
 * Checks the project in a folder, as the arguments of `npm run release:check` say, and prints a line for each check. Returns
 * the exit code: 0, 1 if a check failed, or 2 if there is no such check.
 */
export function runChecks(root: string, args: readonly string[], terminal: Terminal): 0 | 1 | 2 {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { strict: { type: 'boolean', default: false } },
  });
  const checks = checksOf(root, values.strict);
  const unknown = positionals.filter((name) => !Object.hasOwn(checks, name));
  if (unknown.length > 0) {
    terminal.error(
      `There is no check ${unknown.join(', ')}. The checks are: ${Object.keys(checks).join(', ')}`,
    );
    return 2;
  }
  let exitCode: 0 | 1 = 0;
  for (const [name, check] of Object.entries(checks)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    const outcome = outcomeOrFault(check);
    terminal.log(lineOf(name, outcome));
    if (outcome.outcome === 'failed' || (values.strict && outcome.outcome === 'not checked')) exitCode = 1;
  }
  return exitCode;
}

/** A check that breaks off has failed. */
function outcomeOrFault(check: () => Outcome): Outcome {
  try {
    return check();
  } catch (error) {
    return outcomeOf([error instanceof Error ? error.message : String(error)], '');
  }
}
