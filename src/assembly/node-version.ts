import { SettingsError } from '../settings/error.ts';

/** As `engines` in package.json has it. */
const LEAST = { major: 20, minor: 19 } as const;

/**
 * Throws a SettingsError if this Node is too old, before anything fails with less to say. Bun and Deno also name a
 * version of Node, but it tells nothing about them: they are let through.
 */
export function requireNode({ node, bun, deno }: NodeJS.ProcessVersions): void {
  if (bun !== undefined || deno !== undefined) return;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  if (major > LEAST.major || (major === LEAST.major && minor >= LEAST.minor)) return;
  const message = `Matchstick needs Node ${LEAST.major}.${LEAST.minor} or newer; this is ${node}`;
  throw new SettingsError('The installation', [{ path: 'node', message }]);
}
