#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { calledAs } from '../cli/called-as.ts';
import { runCommand } from '../cli/run.ts';
import { describeFailure } from './failure.ts';
import { requireNode } from './node-version.ts';
import { instanceName } from './open-events.ts';
import { hasColours, promptAtTerminal, readInput, watchInterrupt, watchOutput } from './terminal.ts';
import { buildOf } from './version.ts';

const AMBIENT = {
  nowMs: Date.now,
  monotonicMs: () => performance.now(),
  randomBytes,
  instance: instanceName(process.pid),
};
const EXIT_FAILED = 1;

// Each part is loaded by the commands that need it: the others start in a third of the time.
const output = watchOutput(process);

Promise.resolve()
  .then(() => requireNode(process.versions))
  .then(() =>
    runCommand(process.argv.slice(2), {
      loadSettings: async (config) => (await import('../settings/load.ts')).loadSettings(process.env, config),
      openRedis: async (settings) => (await import('./redis-ledger.ts')).redisOptions(settings, AMBIENT),
      serve: async (config) => {
        // Nobody's token depends on who reads the output of a service.
        output.ignore();
        const { serve } = await import('./serve.ts');
        await serve(process.env, config);
        return Number(process.exitCode ?? 0);
      },
      shippedConfig: fileURLToPath(new URL('../../config/matchstick.yaml', import.meta.url)),
      command: calledAs(process.env, process.argv[1] ?? '', process.cwd()),
      version: buildOf(process.versions).version,
      environment: process.env,
      fetch: (url, init) => fetch(url, init),
      readInput: () => readInput(process.stdin),
      prompt: promptAtTerminal(process),
      ...AMBIENT,
      stdout: (text) => process.stdout.write(text),
      stderr: (text) => process.stderr.write(text),
      colours: {
        stdout: hasColours(process.stdout, process.env),
        stderr: hasColours(process.stderr, process.env),
      },
      watchInterrupt: () => watchInterrupt(process),
      unread: output.unread,
    }),
  )
  .then(
    (exitCode) => {
      process.exitCode = exitCode;
    },
    (error: unknown) => {
      const text = describeFailure(error);
      if (text !== undefined) process.stderr.write(`${text}\n`);
      process.exitCode = EXIT_FAILED;
    },
  );
