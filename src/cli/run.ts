import tab from '@bomb.sh/tab/commander';
import { Command, CommanderError } from 'commander';
import { callerVerb } from './caller.ts';
import { configVerb } from './config.ts';
import { doctorVerb } from './doctor.ts';
import { eventsVerb } from './events.ts';
import { EXIT, toldFailure } from './failure.ts';
import { freezeVerb } from './freeze.ts';
import { initVerb } from './init.ts';
import { inspectVerb } from './inspect.ts';
import { keysVerb } from './keys.ts';
import { mintVerb } from './mint.ts';
import { openapiVerb } from './openapi.ts';
import { plainText } from './plain-text.ts';
import { typesVerb } from './print-types.ts';
import { purposesVerb } from './purposes.ts';
import { redeemVerb } from './redeem.ts';
import { revokeVerb } from './revoke.ts';
import { refuseSecrets } from './secrets.ts';
import { serveVerb } from './serve.ts';
import { signVerb } from './sign.ts';
import { statusVerb } from './status.ts';
import type { CommandSurroundings } from './surroundings.ts';
import { coloured } from './table.ts';
import { thawVerb } from './thaw.ts';
import { UsageError } from './usage.ts';
import { type CommandOutcome, type CommonOptions, examples, type Hang, type Verb } from './verb.ts';

const VERBS: readonly Verb[] = [
  ...[serveVerb, initVerb, configVerb, mintVerb, redeemVerb, inspectVerb, revokeVerb, signVerb, keysVerb],
  ...[callerVerb, purposesVerb, eventsVerb, statusVerb, doctorVerb, freezeVerb, thawVerb, typesVerb],
  openapiVerb,
];

const AFTER = `
The configuration is config/matchstick.yaml, or what --config or MATCHSTICK_CONFIG names; without one, the one that
comes with the product. The key of a caller is never an argument: set MATCHSTICK_KEY, or use --key-file.

Exit codes: 0 done; 1 refused; 2 wrong use; 3 configuration; 4 nobody answered; 75 unknown, ask again as printed.`;

/** Runs one command and resolves to its exit code. What nobody foresaw it throws. */
export async function runCommand(args: readonly string[], given: CommandSurroundings): Promise<number> {
  const { colours } = given;
  const surroundings = {
    ...given,
    stdout: (text: string) => given.stdout(plainText(text, colours.stdout)),
    stderr: (text: string) => given.stderr(plainText(text, colours.stderr)),
  };
  const isJson = args.includes('--json');
  let exitCode: number = EXIT.done;
  const hang: Hang = (command, act) =>
    command.action(async function (this: Command) {
      const outcome = await act(this.optsWithGlobals(), surroundings, this.args);
      exitCode = typeof outcome === 'number' ? outcome : print(outcome, this.optsWithGlobals(), surroundings);
    });
  try {
    refuseSecrets(args);
    const { version, ...rest } = surroundings;
    const told = isJson ? JSON.stringify({ version }) : version;
    await programOf(hang, { ...rest, version: told }).parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    const isHelp = error instanceof CommanderError && WAS_HELP.has(error.code);
    if (isHelp && error.exitCode === EXIT.done) return EXIT.done;
    const failure = toldFailure(error instanceof CommanderError ? usageErrorOf(error, given.command) : error);
    if (isJson) surroundings.stdout(`${JSON.stringify(failure?.data ?? UNFORESEEN)}\n`);
    if (!failure) throw error;
    if (isHelp) return failure.exitCode;
    surroundings.stderr(`${coloured('red', failure.words, surroundings.colours.stderr)}\n`);
    return failure.exitCode;
  }
}

const UNFORESEEN = { error: { code: 'internal', message: 'Something went wrong that nobody foresaw.' } };
const WAS_HELP: ReadonlySet<string> = new Set([
  'commander.helpDisplayed',
  'commander.help',
  'commander.version',
]);

/** Every command, and what it does. */
export function programOf(
  hang: Hang,
  { version, stdout, stderr }: Pick<CommandSurroundings, 'version' | 'stdout' | 'stderr'>,
): Command {
  const program = new Command('matchstick')
    .description('Single-use capability tokens.')
    .version(version, '-V, --version', 'print the version')
    .option('--json', 'one JSON document on standard output')
    .option('--config <file>', 'the configuration file')
    .option('--url <url>', 'the running service; default: MATCHSTICK_URL, or http://127.0.0.1:4100')
    .option('--key-file <file>', 'the file with the key of a caller; default: MATCHSTICK_KEY, or a prompt')
    .option('--allow-insecure-http', 'allow the key and tokens to travel unencrypted to another machine')
    .configureHelp({ showGlobalOptions: true })
    // A usage error is written once, by whoever catches it.
    .configureOutput({ writeOut: stdout, writeErr: stderr, outputError: () => {} })
    .exitOverride()
    .addHelpText('after', AFTER);
  for (const verb of VERBS) verb(program, hang);
  tab(program, { completionCommandName: 'completion' });
  completionHelp(program);
  return program;
}

function completionHelp({ commands }: Command): void {
  commands
    .find((command) => command.name() === 'completion')
    ?.description('print a script that completes commands in your shell')
    .addHelpText(
      'after',
      examples('matchstick completion fish > ~/.config/fish/completions/matchstick.fish'),
    );
}

function usageErrorOf({ message }: CommanderError, command: string): UsageError {
  const said = message
    .replace(/^\(outputHelp\)$/, 'A command is missing.')
    .replace(/^error: /, '')
    .replace(/^unknown command '(.*)'/, 'There is no command $1.')
    .replace(/^unknown option '-[^-].*/s, '$&\nAn argument that begins with - comes last, after --.');
  return new UsageError(
    `${said.charAt(0).toUpperCase()}${said.slice(1)}\nRun ${command} --help, or --help after a command.`,
  );
}

function print(
  { data, text, words = '', exitCode = EXIT.done }: CommandOutcome,
  { json }: CommonOptions,
  { stdout, stderr }: CommandSurroundings,
): number {
  if (json) stdout(`${JSON.stringify(data)}\n`);
  else if (text !== '') stdout(text);
  if (words !== '') stderr(words);
  return exitCode;
}
