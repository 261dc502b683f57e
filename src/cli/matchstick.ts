#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { redisOptions } from '../assembly/open-ledger.ts';
import { MatchstickError } from '../errors.ts';
import type { ShardsOptions } from '../redis/ask.ts';
import { examineRedis } from '../redis/fitness.ts';
import { ledgerFreeze, type ServerIdentity } from '../redis/freeze.ts';
import { redisLedger } from '../redis/ledger.ts';
import { duration } from '../settings/duration.ts';
import { loadSettings } from '../settings/load.ts';
import { SettingsError } from '../settings/parse.ts';
import { doctorReport } from './doctor.ts';
import { freezeReport, type Report, thawReport } from './freeze.ts';
import { purposeTypes } from './purpose-types.ts';

const USAGE = `Usage: matchstick <command> [--config FILE]

  doctor            look whether the configured Redis can hold the ledger, and what it will cost
  freeze [--for 5m] before a planned restart or failover: stop minting and burning, print a ticket
  thaw TICKET       after it: go on with every outstanding token; --shards 0,2 of these shards alone,
                    --at SERVER only if that server still has them
  types             print the configured purposes as TypeScript, for createClient<Purposes>

The configuration is config/matchstick.yaml, or what --config or MATCHSTICK_CONFIG names.
`;

/** Wrong usage; the message is for the person at the terminal. */
class UsageError extends Error {}

const AMBIENT = { nowMs: Date.now, monotonicMs: () => performance.now(), randomBytes };
const PROBES = 50;
const DEFAULT_FREEZE = '5m';
const COMMANDS = ['doctor', 'freeze', 'thaw', 'types'];
/** What they were called first. */
const FORMER_NAMES: ReadonlyMap<string, string> = new Map([
  ['seal', 'freeze'],
  ['reopen', 'thaw'],
]);

async function doctor(options: ShardsOptions): Promise<number> {
  const ledger = redisLedger({ ...options, nowMs: AMBIENT.nowMs });
  await ledger.check().catch((error: unknown) => {
    // The examination that follows says more, if the server can be asked at all.
    if (options.connection.redis.status !== 'ready') throw error;
  });
  const findings = await options.connection.answer(examineRedis);
  const latencyMs: number[] = [];
  for (let probe = 0; probe < PROBES; probe++) {
    const began = performance.now();
    await options.connection.redis.ping();
    latencyMs.push(performance.now() - began);
  }
  const { text, exitCode } = doctorReport(findings, latencyMs);
  process.stdout.write(text);
  return exitCode;
}

async function freeze(options: ShardsOptions, seconds: number): Promise<number> {
  // In hex: what begins with a dash would be taken for an option.
  const ticket = randomBytes(16).toString('hex');
  // First of all: should a shard not answer, those before it are frozen.
  process.stdout.write(`${ticket}\n`);
  const frozen = await ledgerFreeze(options)
    .freeze(ticket, seconds)
    .catch((error: unknown) => {
      process.stderr.write(`Some shards may be frozen now. To undo it: matchstick thaw ${ticket}\n`);
      throw error;
    });
  return tell(process.stderr, freezeReport(frozen, ticket));
}

async function thaw(
  options: ShardsOptions,
  ticket: string,
  only: { shards?: readonly number[]; at?: ServerIdentity },
): Promise<number> {
  return tell(process.stdout, thawReport(await ledgerFreeze(options).thaw(ticket, only), ticket));
}

function tell(stream: NodeJS.WritableStream, { text, exitCode }: Report): number {
  stream.write(text);
  return exitCode;
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(args);
  const [named, argument, ...tooMany] = positionals;
  const command = named && (FORMER_NAMES.get(named) ?? named);
  if (values.help || command === undefined) {
    process.stdout.write(USAGE);
    return command === undefined && !values.help ? 2 : 0;
  }
  if (!COMMANDS.includes(command)) throw new UsageError(`There is no command ${command}.`);
  if (tooMany.length > 0 || (command !== 'thaw' && argument !== undefined))
    throw new UsageError('Too many arguments.');
  if (command === 'thaw' && argument === undefined)
    throw new UsageError('thaw needs the ticket that freeze printed.');
  const settings = loadSettings({
    ...process.env,
    ...(values.config ? { MATCHSTICK_CONFIG: values.config } : {}),
  });
  if (command === 'types') {
    process.stdout.write(await purposeTypes(settings));
    return 0;
  }
  const options = redisOptions(settings, AMBIENT);
  if (!options)
    throw new UsageError('No Redis is configured (ledger.redis, REDIS_URL): the ledger is in memory.');
  try {
    if (command === 'doctor') return await doctor(options);
    if (command === 'freeze') return await freeze(options, parseSeconds(values.for ?? DEFAULT_FREEZE));
    return await thaw(options, argument ?? '', {
      ...(values.shards === undefined ? {} : { shards: parseShards(values.shards, options.shards) }),
      ...(values.at === undefined ? {} : { at: parseServer(values.at) }),
    });
  } finally {
    await options.connection.close();
  }
}

function parseCommandLine(args: readonly string[]) {
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
  const parsed = duration.safeParse(text);
  if (!parsed.success || parsed.data < 1 || parsed.data > 3600)
    throw new UsageError('--for takes 1s to 60m.');
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

function parseShards(text: string, count: number): readonly number[] {
  const shards = text.split(',').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : count));
  if (shards.some((shard) => shard >= count))
    throw new UsageError(`--shards takes numbers from 0 to ${count - 1}: 0,2`);
  return [...new Set(shards)];
}

run(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    const isUsage = error instanceof UsageError;
    process.stderr.write(`${describe(error)}\n${isUsage ? `\n${USAGE}` : ''}`);
    process.exitCode = isUsage ? 2 : 1;
  },
);

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof MatchstickError && error.code === 'ledger_unavailable') {
    return `Redis gave no answer${error.cause instanceof Error ? `: ${error.cause.message}` : '.'}`;
  }
  const expected = [UsageError, SettingsError, MatchstickError].some((kind) => error instanceof kind);
  return expected ? error.message : (error.stack ?? error.message);
}
