import type { Command } from 'commander';
import { programOf } from '../../src/cli/run.ts';

const silent = () => {};
const program = programOf((command) => command, { version: '0.0.0', stdout: silent, stderr: silent });

function leaves(command: Command, name: string): readonly (readonly [string, Command])[] {
  const own = command.commands.flatMap((each) => leaves(each, `${name} ${each.name()}`));
  // Events is a command, and has one.
  const isCommand = own.length === 0 || command.options.length > 0;
  return [...(isCommand ? [[name, command] as const] : []), ...own];
}

function sectionOf(name: string, command: Command): string {
  const given = command.registeredArguments.map((each) =>
    each.required ? `<${each.name()}>` : `[${each.name()}]`,
  );
  const former = command.aliases().map((each) => ` Former name: \`${each}\`.`);
  const description = `${command.description()}.${former.join('')}`;
  const rows = [
    ...command.registeredArguments.map((each) => [each.name(), each.description]),
    ...command.options.map(({ flags, description: what }) => [flags, what]),
  ].map(([what, meaning]) => `| \`${what}\` | ${meaning} |`);
  const table = rows.length === 0 ? [] : ['', '| | |', '| --- | --- |', ...rows];
  return [
    `### \`${[name, ...given].join(' ')}\``,
    '',
    description.charAt(0).toUpperCase() + description.slice(1),
    ...table,
    '',
  ].join('\n');
}

/** Each command, as it is called. */
export function commandNames(): readonly string[] {
  return namedCommands().map(([name]) => name);
}

/** What docs/cli.md has to say of each command, as the program itself says it. */
export function commandSections(): readonly string[] {
  return namedCommands().map(([name, command]) => sectionOf(name, command));
}

function namedCommands(): readonly (readonly [string, Command])[] {
  return program.commands
    .filter((command) => command.name() !== 'complete')
    .flatMap((command) => leaves(command, `matchstick ${command.name()}`));
}

/** The table of the options that every command takes. */
export function commonOptions(): string {
  const rows = program.options.map(({ flags, description }) => `| \`${flags}\` | ${description} |`);
  return ['| | |', '| --- | --- |', ...rows, ''].join('\n');
}
