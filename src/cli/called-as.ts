import { basename, isAbsolute, relative } from 'node:path';
import type { Environment } from '../settings/environment.ts';
import { quoted } from './printed-command.ts';

const NAME = 'matchstick';
/** What runs the programs of a project's packages, by the package manager that has started this process. */
const RUNNERS: Readonly<Record<string, string>> = {
  pnpm: `pnpm exec ${NAME}`,
  yarn: `yarn ${NAME}`,
  bun: `bunx ${NAME}`,
};

/**
 * How a person can call this program again, from the same folder. A script of a package has programs on its PATH that
 * a shell does not have.
 */
export function calledAs(environment: Environment, file: string, folder: string): string {
  const {
    npm_lifecycle_event: script,
    npm_command: verb,
    npm_config_user_agent: agent = 'npm/',
  } = environment;
  const manager = agent.slice(0, agent.indexOf('/'));
  if (script === NAME) return manager === 'npm' ? `npm run -s ${NAME} --` : `${manager} run ${NAME}`;
  if (script !== undefined || verb !== undefined) return RUNNERS[manager] ?? `npx --no ${NAME}`;
  if (basename(file) === NAME) return NAME;
  const inFolder = relative(folder, file);
  return `node ${quoted(inFolder.startsWith('..') || isAbsolute(inFolder) ? file : inFolder)}`;
}
