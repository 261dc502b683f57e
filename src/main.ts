import { randomBytes, randomUUID } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { generatedCaller } from './assembly/generated-caller.ts';
import { failureReporter, processLog, proxiesReporter, reportUnforeseen } from './assembly/log.ts';
import { openDeployment } from './assembly/open-deployment.ts';
import { welcome } from './assembly/welcome.ts';
import { newAttemptSecret } from './burn/attempt.ts';
import { authenticator } from './callers/caller.ts';
import { MatchstickError } from './errors.ts';
import { ListenError, listen } from './http/listen.ts';
import { allRoutes } from './http/routes.ts';
import { SharedSecretError } from './keys/create-once.ts';
import { loadKeyFile } from './keys/key-file.ts';
import { UnfitKeyError } from './keys/parse-key.ts';
import { formTargetsOf } from './links/form-targets.ts';
import { allOperations } from './operations/all.ts';
import { limitStrangers } from './operations/strangers.ts';
import { renderPages } from './pages/render.ts';
import { callerWarnings } from './settings/caller-warnings.ts';
import { loadSettings } from './settings/load.ts';
import { SettingsError } from './settings/parse.ts';
import { withPeers } from './settings/peers.ts';

const DRAIN_GRACE_MS = 10_000;

async function main(): Promise<void> {
  const log = processLog();
  const settings = loadSettings(process.env);
  const { expressApp, serverClasses } = await withPeers('service', () => import('./http/express-app.ts'));
  for (const { path, message } of settings.notInEffect) {
    log.warn({ event: 'setting.not-in-effect', setting: path }, message);
  }
  const { purposes, keys } = settings;
  for (const { path, message } of callerWarnings(settings.callers, purposes, Date.now())) {
    log.warn({ event: 'setting.of-no-use', setting: path }, message);
  }
  const keyRing = await loadKeyFile(resolve(keys.file), keys.algorithm, Date.now());
  const callerKeyFile = settings.callers.length === 0 ? resolve(dirname(keys.file), 'caller-key') : undefined;
  const callers = callerKeyFile ? [await generatedCaller(callerKeyFile, randomBytes)] : settings.callers;
  // Said once and by us, in the documentation: the SDK would print a paragraph at every start.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { deployment, ports, readiness } = await openDeployment(settings, keyRing, log, {
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
    randomBytes,
  });
  const { ledger, openers } = deployment;
  let draining = false;
  const routes = allRoutes({
    operations: allOperations(deployment, ports),
    publishedKeys: keyRing,
    renderPage: renderPages(settings.pages, formTargetsOf(purposes, openers)),
    issuer: settings.issuer,
    newAttempt: () => newAttemptSecret(randomBytes),
    readiness: {
      ...readiness,
      checks: [...readiness.checks, { part: 'process', check: async () => requireNotDraining(draining) }],
    },
  });
  const app = expressApp({
    routes,
    authenticate: authenticator(callers, Date.now),
    limitUnknown: limitStrangers(deployment.quotas, ports),
    reportFailure: failureReporter(log),
    newRequestId: randomUUID,
    proxyHops: settings.listen.proxyHops,
    reportProxies: proxiesReporter(log),
  });
  const service = await listen(
    app,
    { ...settings.listen, newRequestId: randomUUID, urgentPaths: new Set(['/healthz']) },
    serverClasses(app),
  ).catch(async (error: unknown) => {
    await ledger.close();
    throw error;
  });
  const redisIsUsed = settings.ledger.redis !== undefined;

  const stop = async (signal: string) => {
    if (draining) return;
    draining = true;
    log.info({ event: 'service.stopping', signal });
    await service.drain(DRAIN_GRACE_MS);
    await ledger.close();
    log.info({ event: 'service.stopped' });
  };
  // A promise that nobody waits for takes nothing down. After an exception that nobody caught nothing is certain, so
  // what is under way is finished, and whoever watches this process starts another.
  process.on('unhandledRejection', (reason) => reportUnforeseen(log, 'unhandledRejection', reason));
  process.on('uncaughtException', (error) => {
    reportUnforeseen(log, 'uncaughtException', error);
    process.exitCode = 1;
    stop('uncaughtException');
  });
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.stdout.write(welcome({ url: service.url, redisIsUsed, callerKeyFile, purposes }));
}

async function requireNotDraining(draining: boolean): Promise<void> {
  if (draining) throw new MatchstickError('ledger_unavailable', 'The service is stopping.');
}

/** What a person who starts the service can mend; anything else is shown with its stack. */
const EXPECTED_ERRORS = [SettingsError, UnfitKeyError, SharedSecretError, ListenError, MatchstickError];

main().catch((error: unknown) => {
  const isExpected = EXPECTED_ERRORS.some((kind) => error instanceof kind);
  const text = error instanceof Error ? (isExpected ? error.message : error.stack) : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
