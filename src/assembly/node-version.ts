import { SettingsError } from '../settings/error.ts';

/** The oldest that package.json allows. */
const OLDEST = { major: 20, minor: 19 };

/** Why Matchstick does not run on a version of Node.js such as `20.19.0`; undefined if it does. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return undefined;
  return `Matchstick needs Node ${OLDEST.major}.${OLDEST.minor} or newer; this is ${version}.`;
}

/** Throws a SettingsError if Matchstick does not run on this version of Node.js. */
export function requireNode(version: string): void {
  const message = nodeProblem(version);
  if (message !== undefined) throw new SettingsError('The installation', [{ path: 'node', message }]);
}
