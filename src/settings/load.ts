import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from './environment.ts';
import { readLogo } from './logo.ts';
import { parseSettings, type Settings, SettingsError } from './parse.ts';
import { withRedisFiles } from './redis-files.ts';

/**
 * The settings of this process: the file that MATCHSTICK_CONFIG names, or `config/matchstick.yaml` in the
 * working folder, or the one that comes with the product; and the logo that it names. Throws a SettingsError.
 */
export function loadSettings(environment: Environment): Settings {
  const named = environment.MATCHSTICK_CONFIG;
  const here = resolve('config/matchstick.yaml');
  const shipped = fileURLToPath(new URL('../../config/matchstick.yaml', import.meta.url));
  const path = named ? resolve(named) : existsSync(here) ? here : shipped;
  return withLogo(withRedisFiles(parseSettings(readText(path), environment, path), path), path);
}

function withLogo({ logoFile, ...settings }: Settings, source: string): Settings {
  if (logoFile === undefined) return Object.freeze(settings);
  try {
    const logo = readLogo(resolve(logoFile));
    return Object.freeze({ ...settings, pages: { ...settings.pages, logo } });
  } catch (error) {
    const message = error instanceof Error ? error.message : 'cannot be read';
    throw new SettingsError(source, [{ path: 'pages.logo', message }]);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const message = missing
      ? 'there is no such file (MATCHSTICK_CONFIG names it)'
      : 'the file cannot be read';
    throw new SettingsError(path, [{ path: '', message }]);
  }
}
