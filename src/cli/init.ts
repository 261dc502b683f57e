import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { makeFolder } from '../keys/make-folder.ts';
import { notMade } from './new-file.ts';
import { quoted } from './printed-command.ts';
import type { CommandSurroundings } from './surroundings.ts';
import { type CommandOutcome, examples, type Verb } from './verb.ts';

const DEFAULT_FILE = 'config/matchstick.yaml';
const SCHEMA_LINE = /^# yaml-language-server: .*\n#\n/;
const KEY_FILE_LINE = /^( *file: )\.\/data\/keys\.json$/m;

/** `matchstick init`. */
export const initVerb: Verb = (program, hang) => {
  const command = program
    .command('init')
    .description(`write a commented configuration to ${DEFAULT_FILE}, or to --config FILE`)
    .addHelpText('after', examples('matchstick init', 'matchstick init --config matchstick.yaml'));
  hang(command, (options, surroundings) => init(options.config, surroundings));
};

/**
 * Writes the configuration that comes with the product, comments and all, to a new file. Refuses if the file cannot be
 * made, or is there already, and leaves it as it is.
 */
async function init(
  file: string | undefined,
  { shippedConfig, command }: Pick<CommandSurroundings, 'shippedConfig' | 'command'>,
): Promise<CommandOutcome> {
  const path = resolve(file ?? DEFAULT_FILE);
  const text = await readFile(shippedConfig, 'utf8');
  const schema = join(dirname(shippedConfig), 'matchstick.schema.json');
  try {
    await makeFolder(dirname(path), 0o755);
    await writeFile(path, movedTo(dirname(path), text, schema), { flag: 'wx' });
  } catch (error) {
    return notMade(path, error);
  }
  const named = file === undefined ? '' : ` --config ${quoted(file)}`;
  return {
    data: { made: path },
    text: `Made ${path}.\n`,
    words: `Read it, set what you need, then start the service:\n\n  ${command} serve${named}\n`,
  };
}

/** Paths in the text count from its folder: keys stay out of a folder that is for configuration. */
function movedTo(folder: string, text: string, schema: string): string {
  const dataFolder = basename(folder) === 'config' ? '../data' : './data';
  const schemaPath = relative(folder, schema);
  const isNear = schemaPath.split(sep).includes('node_modules');
  const head = isNear ? `# yaml-language-server: $schema=${schemaPath.replaceAll(sep, '/')}\n#\n` : '';
  return text.replace(SCHEMA_LINE, head).replace(KEY_FILE_LINE, `$1${dataFolder}/keys.json`);
}
