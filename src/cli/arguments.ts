import { parseArgs } from 'node:util';
import type { ServerIdentity } from '../redis/freeze.ts';
import { duration } from '../settings/duration.ts';

/** Wrong usage. The message is for the person at the terminal. */
export class UsageError extends Error {}

export const USAGE = `Usage: matchstick <command> [--config FILE]

  serve             run the service until it is told to stop (SIGTERM, Ctrl-C)
  init              write a commented configuration to config/matchstick.yaml, or to --config FILE
  doctor            check whether the configured Redis can hold the ledger, and what it will cost
  freeze [--for 5m] before a planned restart or failover: stop minting and burning, print a ticket
  thaw TICKET       after it: go on with every outstanding token; --shards 0,2 thaws these shards alone,
                    --at SERVER only if that server still has them
  types             print the configured purposes as TypeScript, for createClient<Purposes>

The configuration is config/matchstick.yaml, or what --config or MATCHSTICK_CONFIG names; without one, the one that
comes with the product.
`;

export type CommandLine =
  | { readonly command: 'help'; readonly asked: boolean }
  | (Configured & { readonly command: 'serve' })
  | (Configured & { readonly command: 'init' })
  | (Configured & { readonly command: 'types' })
  | (Configured & { readonly command: 'doctor' })
  | (Configured & { readonly command: 'freeze'; readonly seconds: number })
  | (Configured & {
      readonly command: 'thaw';
      readonly ticket: string;
      /** As it was written: how many shards there are, the configuration says. */
      readonly shards?: string;
      readonly at?: ServerIdentity;
    });

interface Configured {
  /** The file that --config names. */
  readonly config?: string;
}

const COMMANDS = ['serve', 'init', 'doctor', 'freeze', 'thaw', 'types'] as const;
/** The names that commands had first. */
const FORMER_NAMES: ReadonlyMap<string, string> = new Map([
  ['seal', 'freeze'],
  ['reopen', 'thaw'],
]);
const DEFAULT_FREEZE = '5m';

/** What the arguments ask for. Throws a UsageError. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args);
  const [named, argument, ...tooMany] = positionals;
  if (values.help || named === undefined) return { command: 'help', asked: values.help === true };
  const word = FORMER_NAMES.get(named) ?? named;
  const command = COMMANDS.find((known) => known === word);
  if (command === undefined) throw new UsageError(`There is no command ${word}.`);
  if (tooMany.length > 0 || (command !== 'thaw' && argument !== undefined))
    throw new UsageError('Too many arguments.');
  const configured = values.config === undefined ? {} : { config: values.config };
  switch (command) {
    case 'serve':
    case 'init':
    case 'types':
    case 'doctor':
      return { command, ...configured };
    case 'freeze':
      return { command, seconds: parseSeconds(values.for ?? DEFAULT_FREEZE), ...configured };
    case 'thaw':
      if (argument === undefined) throw new UsageError('thaw needs the ticket that freeze printed.');
      return {
        command,
        ticket: argument,
        ...(values.shards === undefined ? {} : { shards: values.shards }),
        ...(values.at === undefined ? {} : { at: parseServer(values.at) }),
        ...configured,
      };
  }
}

function parse(args: readonly string[]) {
  try {
    const options = {
      config: { type: 'string' },
      for: { type: 'string' },
      shards: { type: 'string' },
      at: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    } as const;
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'The command line cannot be read.');
  }
}

function parseSeconds(text: string): number {
  const parsed = duration({ least: 1, most: 3600, range: '1s to 60m', example: '5m' }).safeParse(text);
  if (!parsed.success) throw new UsageError('--for takes 1s to 60m.');
  return parsed.data;
}

function parseServer(text: string): ServerIdentity {
  const [, runId, replicationId] = /^([0-9a-f]{40})\.([0-9a-f]{40})$/.exec(text) ?? [];
  if (!runId || !replicationId)
    throw new UsageError(
      '--at takes what thaw printed: a run_id and a master_replid with a dot between them.',
    );
  return { runId, replicationId };
}

/** The shards that `--shards` names, of so many. Throws a UsageError. */
export function parseShards(text: string, count: number): readonly number[] {
  const shards = text.split(',').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : count));
  if (shards.some((shard) => shard >= count))
    throw new UsageError(`--shards takes numbers from 0 to ${count - 1}: 0,2`);
  return [...new Set(shards)];
}
