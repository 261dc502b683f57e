import { readFile } from 'node:fs/promises';
import { CALLER_KEY_IN_TEXT } from '../contract/limits.ts';
import type { CommandSurroundings } from './surroundings.ts';
import { UsageError } from './usage.ts';

const TOKEN_IN_TEXT = /\beyJ[\w-]{10,}\.[\w-]+\.[\w-]+/;

/** Throws a UsageError for a secret among the arguments, which every process of the machine can read. */
export function refuseSecrets(args: readonly string[]): void {
  const all = args.join('\n');
  if (new RegExp(CALLER_KEY_IN_TEXT).test(all))
    throw inArguments('A caller key', 'MATCHSTICK_KEY or --key-file FILE');
  if (TOKEN_IN_TEXT.test(all))
    throw inArguments('A token', 'standard input (-), --token-file FILE or MATCHSTICK_TOKEN');
}

function inArguments(what: string, instead: string): UsageError {
  return new UsageError(
    `${what} is among the arguments, where every process of this machine can read it. Use ${instead}.`,
  );
}

interface Places {
  /** For people, such as `the token`. */
  readonly what: string;
  /** `-` stands for standard input. */
  readonly argument?: string | undefined;
  readonly file?: string | undefined;
  readonly variable: string;
  readonly option: string;
}

/** A secret from standard input, a file, the environment or a person. Throws a UsageError if it is nowhere. */
export async function findSecret(
  { what, argument, file, variable, option }: Places,
  { environment, readInput, prompt }: Pick<CommandSurroundings, 'environment' | 'readInput' | 'prompt'>,
): Promise<string> {
  if (argument !== undefined && argument !== '-')
    throw new UsageError(
      `${what} cannot be an argument: write - and send it on standard input, or use ${option} FILE.`,
    );
  const text =
    argument === '-'
      ? await readInput()
      : file !== undefined
        ? await readNamed(file, option)
        : environment[variable] || (await prompt?.(`${what}: `));
  const secret = text?.trim();
  if (secret && /^https?:\/\//.test(secret))
    throw new UsageError(
      `${what} is missing: this is the URL of a link, which a person opens. mint prints the token with --no-link.`,
    );
  if (secret) return secret;
  throw new UsageError(
    `${what} is missing. ${option === '--key-file' ? '' : 'Send it on standard input (-), '}${option === '--key-file' ? 'Set' : 'set'} ${variable}, or use ${option} FILE.`,
  );
}

async function readNamed(file: string, option: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new UsageError(`The file of ${option} cannot be read${why}.`);
  }
}
