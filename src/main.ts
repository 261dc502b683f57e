import { randomBytes } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import type { Capabilities } from './burn/capabilities.ts';
import type { BurnLedger } from './burn/ledger.ts';
import { memoryLedger } from './burn/memory-ledger.ts';
import { unsettledAttempts } from './burn/unsettled-attempts.ts';
import { MatchstickError } from './errors.ts';
import { generatedCaller } from './generated-caller.ts';
import { authenticator } from './http/caller.ts';
import { expressApp, serverClasses } from './http/express-app.ts';
import { allRoutes } from './http/routes.ts';
import { ListenError, listen } from './http/service.ts';
import { loadKeyFile } from './keys/key-file.ts';
import { UnfitKeyError } from './keys/parse-key.ts';
import { failureReporter, type Log, processLog } from './log.ts';
import { connectLedger, isUnfitServer } from './redis/connection.ts';
import { redisLedger } from './redis/redis-ledger.ts';
import { loadSettings } from './settings/load.ts';
import { type Settings, SettingsError } from './settings.ts';
import { welcome } from './welcome.ts';

const DRAIN_GRACE_MS = 10_000;

async function main(): Promise<void> {
  const log = processLog();
  const settings = loadSettings(process.env);
  for (const { path, message } of settings.notInEffect) {
    log.warn({ event: 'setting.not-in-effect', setting: path }, message);
  }
  const keyRing = await loadKeyFile(resolve(settings.keys.file), settings.keys.algorithm, Date.now());
  const callerKeyFile =
    settings.callers.length === 0 ? resolve(dirname(settings.keys.file), 'caller-key') : undefined;
  const callers = callerKeyFile
    ? [await generatedCaller(callerKeyFile, settings.purposes, randomBytes)]
    : settings.callers;
  const ledger = openLedger(settings, log);
  await requireFitLedger(ledger);

  const { issuer, purposes, clockToleranceSeconds } = settings;
  const unsettled = unsettledAttempts();
  const capabilities: Capabilities = {
    issuer,
    purposes,
    clockToleranceSeconds,
    keys: keyRing,
    ledger,
    unsettled,
    randomBytes,
  };
  let draining = false;
  const routes = allRoutes({
    capabilities,
    publishedKeys: keyRing,
    readinessChecks: [
      { part: 'ledger', check: () => ledger.check() },
      { part: 'process', check: async () => requireNotDraining(draining) },
    ],
  });
  const app = expressApp({
    routes,
    authenticate: authenticator(callers),
    reportFailure: failureReporter(log),
    proxyHops: settings.listen.proxyHops,
  });
  const service = await listen(app, settings.listen, serverClasses(app)).catch(async (error: unknown) => {
    await ledger.close();
    throw error;
  });
  const host =
    settings.listen.host === '0.0.0.0' || settings.listen.host === '::' ? '127.0.0.1' : settings.listen.host;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${service.port}`;
  const redisIsUsed = settings.ledger.redis !== undefined;

  const stop = async (signal: string) => {
    if (draining) return;
    draining = true;
    log.info({ event: 'service.stopping', signal });
    await service.drain(DRAIN_GRACE_MS);
    await ledger.close();
    log.info({ event: 'service.stopped' });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.stdout.write(welcome({ url, redisIsUsed, callerKeyFile, purposes }));
}

function openLedger({ ledger, issuer }: Settings, log: Log): BurnLedger {
  const monotonicMs = () => performance.now();
  if (!ledger.redis) return memoryLedger({ nowMs: Date.now, randomBytes });
  const connection = connectLedger(ledger.redis, { timeoutMs: ledger.timeoutMs, monotonicMs });
  connection.redis.on('ready', () => log.info({ event: 'ledger.connected' }));
  connection.redis.on('close', () => log.warn({ event: 'ledger.disconnected' }));
  const { namespace, shards } = ledger;
  return redisLedger({ connection, namespace, issuer, shards, randomBytes, nowMs: Date.now, monotonicMs });
}

/** A ledger that does not answer yet is waited for while serving; one that can never do is refused now. */
async function requireFitLedger(ledger: BurnLedger): Promise<void> {
  try {
    await ledger.check();
  } catch (error) {
    if (!isUnfitServer(error)) return;
    await ledger.close();
    throw error;
  }
}

async function requireNotDraining(draining: boolean): Promise<void> {
  if (draining) throw new MatchstickError('ledger_unavailable', 'The service is stopping.');
}

/** What a person who starts the service can mend; anything else is shown with its stack. */
const EXPECTED_ERRORS = [SettingsError, UnfitKeyError, ListenError, MatchstickError];

main().catch((error: unknown) => {
  const isExpected = EXPECTED_ERRORS.some((kind) => error instanceof kind);
  const text = error instanceof Error ? (isExpected ? error.message : error.stack) : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
