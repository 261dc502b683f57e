import type { InputProblem } from '../errors.ts';
import type { Environment, ReadTree } from './environment.ts';
import { SettingsError } from './error.ts';
import { isMap } from './tree.ts';

/** Variables that win over the file, as hosting platforms expect, by the setting of `listen` that each is. */
const OVERRIDES = { host: 'HOST', port: 'PORT' } as const;
const OF_ENVIRONMENT = ' (environment)';

/** The tree with what HOST and PORT say about where to listen. */
export function withListenOverrides(tree: unknown, environment: Environment): unknown {
  const given = Object.entries(OVERRIDES).filter(([, variable]) => environment[variable]);
  if (!isMap(tree) || given.length === 0) return tree;
  const listen = 'listen' in tree ? tree.listen : {};
  if (!isMap(listen)) return tree;
  const overrides = Object.fromEntries(given.map(([setting, variable]) => [setting, environment[variable]]));
  return { ...tree, listen: { ...listen, ...overrides } };
}

/**
 * The error for these problems, each of which names where its value comes from: HOST and PORT, another variable, or the
 * file. What is wrong only because a variable is not set is said once.
 */
export function refusal(
  source: string,
  problems: readonly InputProblem[],
  { problems: unread, used, leftOut }: Pick<ReadTree, 'problems' | 'used' | 'leftOut'>,
  environment: Environment,
): SettingsError {
  const told = problems
    .filter(({ path }) => !unread.some((unset) => isAtOrAbove(path, unset.path)))
    .map((problem) => {
      const variable = overriding(problem.path, environment);
      if (variable) return { path: `${variable}${OF_ENVIRONMENT}`, message: problem.message };
      const names = namesAt(problem.path, used);
      if (names.length > 0) return { ...problem, message: `${problem.message} (from ${names.join(', ')})` };
      const unset = leftOut.get(problem.path);
      return unset ? { ...problem, message: `${problem.message} (not set: ${unset.join(', ')})` } : problem;
    });
  return blaming(source, [...unread, ...told]);
}

/** The error for these problems. The file is only named if one of them is in it. */
export function blaming(source: string, problems: readonly InputProblem[]): SettingsError {
  const isOfFile = problems.some(({ path }) => !path.endsWith(OF_ENVIRONMENT));
  return new SettingsError(isOfFile ? source : 'The configuration', problems);
}

/** The path of a setting of `listen`, or the variable that it is from. */
export function listenPath(setting: keyof typeof OVERRIDES, environment: Environment): string {
  const variable = OVERRIDES[setting];
  return environment[variable] ? `${variable}${OF_ENVIRONMENT}` : `listen.${setting}`;
}

function overriding(path: string, environment: Environment): string | undefined {
  const variable = Object.entries(OVERRIDES).find(([setting]) => path === `listen.${setting}`)?.[1];
  return variable && environment[variable] ? variable : undefined;
}

/** Those of the setting, or of the items of the list that it is. */
function namesAt(path: string, used: ReadTree['used']): readonly string[] {
  const ofItems = [...used].filter(
    ([at]) => at === path || (at.startsWith(`${path}.`) && /^[\d.]+$/.test(at.slice(path.length + 1))),
  );
  return [...new Set(ofItems.flatMap(([, names]) => names))];
}

function isAtOrAbove(path: string, below: string): boolean {
  return path !== '' && (path === below || below.startsWith(`${path}.`));
}
