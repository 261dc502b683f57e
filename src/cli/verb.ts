import type { Command } from 'commander';
import type { CommandSurroundings } from './surroundings.ts';

/** What a command did. */
export interface Outcome {
  /** For programs: the one document of `--json`. */
  readonly data: unknown;
  /** For people, on standard output: what was asked for. */
  readonly text: string;
  /** For people, on standard error: what to know, and what comes next. */
  readonly words?: string;
  /** Default: 0. */
  readonly exitCode?: number;
}

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: true;
  readonly config?: string;
  readonly url?: string;
  readonly keyFile?: string;
  readonly allowInsecureHttp?: true;
}

/** What a command does with its arguments and options. Resolves to a number if it has printed everything itself. */
export type Act<Options = object> = (
  options: Options & CommonOptions,
  surroundings: CommandSurroundings,
  args: readonly string[],
) => Promise<Outcome | number>;

/** Hangs what a command does on the command. */
export type Hang = <Options>(command: Command, act: Act<Options>) => Command;

/** Adds a command to the program. */
export type Verb = (program: Command, hang: Hang) => void;

/** The end of the help of a command. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
