import type { ShardsOptions } from '../redis/ask.ts';
import { ledgerFreeze } from '../redis/freeze.ts';
import { describeTarget } from '../redis/target.ts';
import type { Settings } from '../settings/parse.ts';
import { type CommandLine, parseCommandLine, parseShards, USAGE, UsageError } from './arguments.ts';
import { doctor } from './doctor.ts';
import { freezeReport, type Report, thawReport } from './freeze.ts';
import { purposeTypes } from './purpose-types.ts';

/** What commands need of the process that they run in. */
export interface CommandSurroundings {
  /** The settings of the file that `--config` names, or of the usual one. Throws a SettingsError. */
  readonly loadSettings: (config: string | undefined) => Settings;
  /** The connection to the configured Redis; undefined if the ledger is in memory. */
  readonly openRedis: (settings: Settings) => ShardsOptions | undefined;
  /** Runs the service until it has stopped. Resolves to its exit code. */
  readonly serve: (config: string | undefined) => Promise<number>;
  /** Writes a new configuration. Resolves to the exit code. */
  readonly init: (config: string | undefined) => Promise<number>;
  readonly nowMs: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

const EXIT_USAGE = 2;
const TICKET_BYTES = 16;

/** Runs one command and resolves to its exit code. Throws a UsageError, a SettingsError or a MatchstickError. */
export async function runCommand(
  args: readonly string[],
  surroundings: CommandSurroundings,
): Promise<number> {
  const line = parseCommandLine(args);
  if (line.command === 'help') {
    surroundings.stdout(USAGE);
    return line.asked ? 0 : EXIT_USAGE;
  }
  if (line.command === 'serve' || line.command === 'init') return surroundings[line.command](line.config);
  const settings = surroundings.loadSettings(line.config);
  if (line.command === 'types') {
    surroundings.stdout(await purposeTypes(settings));
    return 0;
  }
  const options = surroundings.openRedis(settings);
  const { redis } = settings.ledger;
  if (!options || !redis)
    throw new UsageError('No Redis is configured (ledger.redis, REDIS_URL): the ledger is in memory.');
  try {
    if (line.command !== 'doctor') return await askRedis(line, options, surroundings);
    return print(surroundings.stdout, await doctor(options, describeTarget(redis), surroundings.nowMs));
  } finally {
    await options.connection.close();
  }
}

function askRedis(
  line: Extract<CommandLine, { command: 'freeze' | 'thaw' }>,
  options: ShardsOptions,
  surroundings: CommandSurroundings,
): Promise<number> {
  switch (line.command) {
    case 'freeze':
      return freeze(options, line.seconds, surroundings);
    case 'thaw':
      return thaw(options, line, surroundings);
  }
}

async function freeze(
  options: ShardsOptions,
  seconds: number,
  { randomBytes, stdout, stderr }: CommandSurroundings,
): Promise<number> {
  // In hex: what begins with a dash would be taken for an option.
  const ticket = Buffer.from(randomBytes(TICKET_BYTES)).toString('hex');
  // First of all: if a shard does not answer, those before it are frozen.
  stdout(`${ticket}\n`);
  const frozen = await ledgerFreeze(options)
    .freeze(ticket, seconds)
    .catch((error: unknown) => {
      stderr(`Some shards may be frozen now. To undo it: matchstick thaw ${ticket}\n`);
      throw error;
    });
  return print(stderr, freezeReport(frozen, ticket));
}

async function thaw(
  options: ShardsOptions,
  { ticket, shards, at }: Extract<CommandLine, { command: 'thaw' }>,
  { stdout }: CommandSurroundings,
): Promise<number> {
  const only = {
    ...(shards === undefined ? {} : { shards: parseShards(shards, options.shards) }),
    ...(at === undefined ? {} : { at }),
  };
  return print(stdout, thawReport(await ledgerFreeze(options).thaw(ticket, only), ticket));
}

function print(write: (text: string) => void, { text, exitCode }: Report): number {
  write(text);
  return exitCode;
}
