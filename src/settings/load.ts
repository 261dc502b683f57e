import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from './environment.ts';
import { readLogo } from './logo.ts';
import { parseSettings, type Settings, SettingsError } from './parse.ts';
import { projectFolder } from './paths.ts';
import { withRedisFiles } from './redis-files.ts';

/**
 * The settings of this process: the file that `config` or MATCHSTICK_CONFIG names, or `config/matchstick.yaml` in the
 * working folder, or the one that comes with the product; and the logo that it names. Throws a SettingsError.
 */
export function loadSettings(environment: Environment, config?: string): Settings {
  const shipped = fileURLToPath(new URL('../../config/matchstick.yaml', import.meta.url));
  const { path, namedBy } = configurationFile(environment, config, shipped);
  const text = readText(path, namedBy);
  const workingFolder = resolve('.');
  const folder = isSameFile(path, shipped) ? projectFolder(shipped, workingFolder) : dirname(path);
  const settings = parseSettings(text, environment, path, { folder, workingFolder, isThere: existsSync });
  return withLogo(withRedisFiles(settings, folder), path);
}

interface NamedFile {
  readonly path: string;
  /** Absent: nobody named it. */
  readonly namedBy?: string;
}

function configurationFile(
  { MATCHSTICK_CONFIG }: Environment,
  config: string | undefined,
  shipped: string,
): NamedFile {
  if (config !== undefined) return { path: resolve(config), namedBy: '--config' };
  if (MATCHSTICK_CONFIG) return { path: resolve(MATCHSTICK_CONFIG), namedBy: 'MATCHSTICK_CONFIG' };
  const here = resolve('config/matchstick.yaml');
  return { path: existsSync(here) ? here : shipped };
}

function isSameFile(path: string, other: string): boolean {
  return existsSync(other) && realpathSync(path) === realpathSync(other);
}

function withLogo({ logoFile, ...settings }: Settings, source: string): Settings {
  if (logoFile === undefined) return Object.freeze(settings);
  try {
    const logo = readLogo(logoFile);
    return Object.freeze({ ...settings, pages: { ...settings.pages, logo } });
  } catch (error) {
    const message = error instanceof Error ? error.message : 'cannot be read';
    throw new SettingsError(source, [{ path: 'pages.logo', message }]);
  }
}

function readText(path: string, namedBy: string | undefined): string {
  const by = namedBy === undefined ? '' : ` (${namedBy} names it)`;
  const refuse = (message: string) => new SettingsError(path, [{ path: '', message: `${message}${by}` }]);
  let text: string;
  try {
    // A device may never end.
    if (statSync(path).isCharacterDevice()) throw refuse('is a device, not a file');
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    throw error instanceof SettingsError ? error : refuse(whyUnread(error));
  }
  if (isEmpty(text)) throw refuse('is empty: matchstick init writes a file that explains each setting');
  return text;
}

const WHY_UNREAD: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'is a folder, not a file',
  EACCES: 'may not be read by the user that runs this',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not in UTF-8: save it as UTF-8',
};

function whyUnread(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return WHY_UNREAD[code] ?? 'the file cannot be read';
}

/** Nothing but blanks, comments and marks of a document. */
function isEmpty(text: string): boolean {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .every((line) => /^\s*(?:#.*|---|\.\.\.|null|~)?\s*$/.test(line));
}
