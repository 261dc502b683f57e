#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { MatchstickError } from '../errors.ts';
import { redisOptions } from '../open-ledger.ts';
import type { ShardsOptions } from '../redis/ask.ts';
import { examineRedis } from '../redis/fitness.ts';
import { redisLedger } from '../redis/redis-ledger.ts';
import { ledgerSeal } from '../redis/seal.ts';
import { duration } from '../settings/duration.ts';
import { loadSettings } from '../settings/load.ts';
import { SettingsError } from '../settings.ts';
import { doctorReport } from './doctor.ts';
import { purposeTypes } from './purpose-types.ts';

const USAGE = `Usage: matchstick <command> [--config FILE]

  doctor            look whether the configured Redis can hold the ledger, and what it will cost
  seal [--for 5m]   before a planned restart or failover: stop minting and burning, print a ticket
  reopen TICKET     after it: go on with every outstanding token
  types             print the configured purposes as TypeScript, for createClient<Purposes>

The configuration is config/matchstick.yaml, or what --config or MATCHSTICK_CONFIG names.
`;

/** Wrong usage; the message is for the person at the terminal. */
class UsageError extends Error {}

const AMBIENT = { nowMs: Date.now, monotonicMs: () => performance.now(), randomBytes };
const PROBES = 50;
const DEFAULT_SEAL = '5m';

async function doctor(options: ShardsOptions): Promise<number> {
  const ledger = redisLedger({ ...options, nowMs: AMBIENT.nowMs });
  await ledger.check().catch((error: unknown) => {
    // The examination that follows says more, if the server can be asked at all.
    if (options.connection.redis.status !== 'ready') throw error;
  });
  const findings = await examineRedis(options.connection.redis);
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

async function seal(options: ShardsOptions, seconds: number): Promise<number> {
  // In hex: what begins with a dash would be taken for an option.
  const ticket = randomBytes(16).toString('hex');
  await ledgerSeal(options).seal(ticket, seconds);
  process.stdout.write(`${ticket}\n`);
  process.stderr.write(
    `Sealed for ${seconds} s. Restart now, keeping the data; then: matchstick reopen ${ticket}\n`,
  );
  return 0;
}

async function reopen(options: ShardsOptions, ticket: string): Promise<number> {
  const { reopened, otherTicket, noSeal } = await ledgerSeal(options).reopen(ticket);
  const lines = [`Reopened ${reopened.length} shards: their outstanding tokens go on.`];
  if (otherTicket.length > 0)
    lines.push(`${otherTicket.length} are sealed under another ticket, and stay sealed.`);
  if (noSeal.length > 0) {
    lines.push(
      `${noSeal.length} have no seal: reopened before, or the data was not kept, which voids their tokens.`,
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  return otherTicket.length + noSeal.length === 0 ? 0 : 1;
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(args);
  const [command, argument, ...tooMany] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(USAGE);
    return command === undefined && !values.help ? 2 : 0;
  }
  if (!['doctor', 'seal', 'reopen', 'types'].includes(command))
    throw new UsageError(`There is no command ${command}.`);
  if (tooMany.length > 0 || (command !== 'reopen' && argument !== undefined))
    throw new UsageError('Too many arguments.');
  if (command === 'reopen' && argument === undefined)
    throw new UsageError('reopen needs the ticket that seal printed.');
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
    if (command === 'seal') return await seal(options, parseSeconds(values.for ?? DEFAULT_SEAL));
    return await reopen(options, argument ?? '');
  } finally {
    await options.connection.close();
  }
}

function parseCommandLine(args: readonly string[]) {
  try {
    const options = {
      config: { type: 'string' },
      for: { type: 'string' },
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
