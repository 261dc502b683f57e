#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { USAGE, UsageError } from '../cli/arguments.ts';
import { runCommand } from '../cli/run.ts';
import { MatchstickError } from '../errors.ts';
import { SettingsError } from '../settings/error.ts';
import { loadSettings } from '../settings/load.ts';
import { redisOptions } from './open-ledger.ts';

const AMBIENT = { nowMs: Date.now, monotonicMs: () => performance.now(), randomBytes };
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

runCommand(process.argv.slice(2), {
  loadSettings: (config) =>
    loadSettings({ ...process.env, ...(config === undefined ? {} : { MATCHSTICK_CONFIG: config }) }),
  openRedis: (settings) => redisOptions(settings, AMBIENT),
  ...AMBIENT,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
}).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    const isUsage = error instanceof UsageError;
    process.stderr.write(`${describe(error)}\n${isUsage ? `\n${USAGE}` : ''}`);
    process.exitCode = isUsage ? EXIT_USAGE : EXIT_FAILED;
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
