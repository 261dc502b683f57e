#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { USAGE, UsageError } from '../cli/arguments.ts';
import { init } from '../cli/init.ts';
import { runCommand } from '../cli/run.ts';
import { MatchstickError } from '../errors.ts';
import { loadSettings } from '../settings/load.ts';
import { describeFailure } from './failure.ts';
import { requireNode } from './node-version.ts';
import { instanceName } from './open-events.ts';
import { redisOptions } from './open-ledger.ts';
import { serve } from './serve.ts';

const AMBIENT = {
  nowMs: Date.now,
  monotonicMs: () => performance.now(),
  randomBytes,
  instance: instanceName(process.pid),
};
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

const stdout = (text: string) => process.stdout.write(text);
const stderr = (text: string) => process.stderr.write(text);

Promise.resolve()
  .then(() => requireNode(process.versions))
  .then(() =>
    runCommand(process.argv.slice(2), {
      loadSettings: (config) => loadSettings(process.env, config),
      openRedis: (settings) => redisOptions(settings, AMBIENT),
      serve: async (config) => {
        await serve(process.env, config);
        return Number(process.exitCode ?? 0);
      },
      init: (config) =>
        init(config, {
          shippedConfig: fileURLToPath(new URL('../../config/matchstick.yaml', import.meta.url)),
          stdout,
          stderr,
        }),
      ...AMBIENT,
      stdout,
      stderr,
    }),
  )
  .then(
    (exitCode) => {
      process.exitCode = exitCode;
    },
    (error: unknown) => {
      const text = describe(error);
      if (text !== undefined) process.stderr.write(`${text}\n`);
      process.exitCode = error instanceof UsageError ? EXIT_USAGE : EXIT_FAILED;
    },
  );

function describe(error: unknown): string | undefined {
  if (error instanceof UsageError) return `${error.message}\n\n${USAGE}`.trimEnd();
  if (error instanceof MatchstickError && error.code === 'ledger_unavailable') {
    return error.cause instanceof Error ? `Redis gave no answer: ${error.cause.message}` : error.message;
  }
  return describeFailure(error);
}
