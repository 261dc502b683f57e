import type { CommandSurroundings } from './surroundings.ts';
import type { CommonOptions } from './verb.ts';

const PLAIN = /^[\w@%+=:,./-]+$/;
const SERVICE = ['url', 'keyFile', 'allowInsecureHttp'] as const;
const FLAGS = { url: '--url', keyFile: '--key-file', allowInsecureHttp: '--allow-insecure-http' } as const;

/** An argument of a command that may begin with `-`, as a subject and a kid may. It comes after all other arguments. */
interface Operand {
  readonly operand: string;
}

type Program = Pick<CommandSurroundings, 'command'>;
type Word = string | Operand | undefined;

/** A command for the same service, to copy into a shell. Words that are undefined are left out. */
export function serviceCommand(program: Program, options: CommonOptions, words: readonly Word[]): string {
  const more = SERVICE.flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : value === true ? [FLAGS[name]] : [FLAGS[name], value];
  });
  return shellCommand(program, [...words, ...more]);
}

/** A command with the same configuration, to copy into a shell. */
export function configuredCommand(
  program: Program,
  config: string | undefined,
  words: readonly string[],
): string {
  return shellCommand(program, [...words, ...(config === undefined ? [] : ['--config', config])]);
}

/** An option and its value, as words of a command; nothing if it was not given. */
export function optionWords(option: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [option, value];
}

function shellCommand({ command }: Program, words: readonly Word[]): string {
  const last: string[] = [];
  const all = words.flatMap((word) => {
    if (typeof word !== 'object') return word === undefined ? [] : [word];
    const isTakenForOption = word.operand.startsWith('-');
    if (isTakenForOption) last.push('--', word.operand);
    return isTakenForOption ? [] : [word.operand];
  });
  return [command, ...[...all, ...last].map(quoted)].join(' ');
}

/** As a POSIX shell takes it for one word. */
export function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
