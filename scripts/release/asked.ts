import { distance } from 'fastest-levenshtein';

/** What a command line asks for. */
export type Asked =
  | { readonly ok: true; readonly isStrict: boolean; readonly checks: readonly string[] }
  | { readonly ok: false; readonly problem: string };

const STRICT = '--strict';

/** Reads the arguments: `--strict`, and names of checks. Without names, every check is asked for. */
export function parseAsked(args: readonly string[], known: readonly string[]): Asked {
  const options = args.filter((arg) => arg.startsWith('-'));
  const checks = args.filter((arg) => !arg.startsWith('-'));
  const option = options.find((each) => each !== STRICT);
  if (option !== undefined) {
    const problem = `There is no option ${option}${didYouMean(option, [STRICT])}. The only option is ${STRICT}.`;
    return { ok: false, problem };
  }
  const check = checks.find((each) => !known.includes(each));
  if (check !== undefined) {
    const problem = `There is no check ${check}${didYouMean(check, known)}. The checks are: ${known.join(', ')}`;
    return { ok: false, problem };
  }
  return { ok: true, isStrict: options.length > 0, checks };
}

function didYouMean(name: string, candidates: readonly string[]): string {
  const near = candidates.find(
    (each) => distance(name.replace(/=.*/, ''), each) <= Math.max(1, Math.floor(each.length / 3)),
  );
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}
