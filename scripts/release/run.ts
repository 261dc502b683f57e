import { parseAsked } from './asked.ts';
import { checksOf } from './checks.ts';
import { lineOf, type Outcome, outcomeOf } from './outcome.ts';

export type Terminal = Pick<Console, 'log' | 'error'>;

/**
 * Checks the project in a folder, as the arguments of `npm run release:check` say, and prints a line for each check. Returns
 * the exit code: 0, 1 if a check failed, or 2 if there is no such check or option.
 */
export function runChecks(root: string, args: readonly string[], terminal: Terminal): 0 | 1 | 2 {
  const asked = parseAsked(args, Object.keys(checksOf(root, false)));
  if (!asked.ok) {
    terminal.error(asked.problem);
    return 2;
  }
  const { isStrict, checks } = asked;
  let exitCode: 0 | 1 = 0;
  for (const [name, check] of Object.entries(checksOf(root, isStrict))) {
    if (checks.length > 0 && !checks.includes(name)) continue;
    const outcome = outcomeOrFault(check);
    terminal.log(lineOf(name, outcome));
    if (outcome.outcome === 'failed' || (isStrict && outcome.outcome === 'not checked')) exitCode = 1;
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
