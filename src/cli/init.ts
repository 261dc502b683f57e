import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { makeFolder } from '../keys/make-folder.ts';

export interface InitSurroundings {
  /** The configuration that comes with the product, with its JSON Schema beside it. */
  readonly shippedConfig: string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

const DEFAULT_FILE = 'config/matchstick.yaml';
const SCHEMA_LINE = /^# yaml-language-server: .*\n#\n/;
const KEY_FILE_LINE = /^( *file: )\.\/data\/keys\.json$/m;

/**
 * Writes the configuration that comes with the product, comments and all, to a new file. Resolves to the exit code: 1 if
 * the file cannot be made, or is there already and was left as it is.
 */
export async function init(
  file: string | undefined,
  { shippedConfig, stdout, stderr }: InitSurroundings,
): Promise<number> {
  const path = resolve(file ?? DEFAULT_FILE);
  const text = await readFile(shippedConfig, 'utf8');
  try {
    await makeFolder(dirname(path), 0o755);
    await writeFile(
      path,
      movedTo(dirname(path), text, join(dirname(shippedConfig), 'matchstick.schema.json')),
      { flag: 'wx' },
    );
  } catch (error) {
    stderr(`${whyNotMade(path, error)}\n`);
    return 1;
  }
  const named = file === undefined ? '' : ` --config ${file}`;
  stdout(
    `Made ${path}. Read it, set what you need, then start the service:\n\n  npx --no matchstick serve${named}\n`,
  );
  return 0;
}

/** Paths in the text count from its folder: keys stay out of a folder that is for configuration. */
function movedTo(folder: string, text: string, schema: string): string {
  const dataFolder = basename(folder) === 'config' ? '../data' : './data';
  const schemaPath = relative(folder, schema);
  const isNear = schemaPath.split(sep).includes('node_modules');
  const head = isNear ? `# yaml-language-server: $schema=${schemaPath.replaceAll(sep, '/')}\n#\n` : '';
  return text.replace(SCHEMA_LINE, head).replace(KEY_FILE_LINE, `$1${dataFolder}/keys.json`);
}

function whyNotMade(path: string, error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
    return `${path} is there already. Nothing was changed.`;
  return `${path} cannot be made: ${error instanceof Error ? error.message : String(error)}`;
}
