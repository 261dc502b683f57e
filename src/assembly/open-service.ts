import { dirname, resolve } from 'node:path';
import { newAttemptSecret } from '../burn/attempt.ts';
import { authenticator } from '../callers/caller.ts';
import type { Log } from '../contract/log.ts';
import { MatchstickError } from '../errors.ts';
import { listen } from '../http/listen.ts';
import { allRoutes } from '../http/routes.ts';
import { loadKeyFile } from '../keys/key-file.ts';
import { formTargetsOf } from '../links/form-targets.ts';
import { allOperations } from '../operations/all.ts';
import { limitStrangers } from '../operations/strangers.ts';
import { renderPages } from '../pages/render.ts';
import type { Settings } from '../settings/parse.ts';
import { withPeers } from '../settings/peers.ts';
import { generatedCaller } from './generated-caller.ts';
import { failureReporter, proxiesReporter } from './log.ts';
import { openDeployment } from './open-deployment.ts';
import type { Ambient } from './open-ledger.ts';
import { welcome } from './welcome.ts';

/** What one process of the service takes from the process that it is. */
export interface ServiceAmbient extends Ambient {
  readonly newRequestId: () => string;
}

/** The service, listening. */
export interface OpenService {
  /** What a person at a terminal reads now. */
  readonly welcome: string;
  /** From now on it says that it is not ready, and serves on. */
  announceEnd(): void;
  /** Takes no more requests, lets those under way finish for at most `graceMs`, and closes the ledger. */
  close(graceMs: number): Promise<void>;
}

/** Opens everything that the settings name, and listens. Rejects, with nothing left open, if that cannot be. */
export async function openService(
  settings: Settings,
  log: Log,
  ambient: ServiceAmbient,
): Promise<OpenService> {
  const { expressApp, serverClasses } = await withPeers('service', () => import('../http/express-app.ts'));
  const { purposes, keys } = settings;
  const { nowMs, randomBytes, newRequestId } = ambient;
  const keyRing = await loadKeyFile(resolve(keys.file), keys.algorithm, nowMs());
  const callerKeyFile = settings.callers.length === 0 ? resolve(dirname(keys.file), 'caller-key') : undefined;
  const callers = callerKeyFile ? [await generatedCaller(callerKeyFile, randomBytes)] : settings.callers;
  const { deployment, ports, readiness } = await openDeployment(settings, keyRing, log, ambient);
  const { ledger, openers } = deployment;
  let isEnding = false;
  const requireToGoOn = async () => {
    if (isEnding) throw new MatchstickError('ledger_unavailable', 'The service is stopping.');
  };
  const routes = allRoutes({
    operations: allOperations(deployment, ports),
    publishedKeys: keyRing,
    renderPage: renderPages(settings.pages, formTargetsOf(purposes, openers)),
    issuer: settings.issuer,
    newAttempt: () => newAttemptSecret(randomBytes),
    readiness: { ...readiness, checks: [...readiness.checks, { part: 'process', check: requireToGoOn }] },
  });
  const app = expressApp({
    routes,
    authenticate: authenticator(callers, nowMs),
    limitUnknown: limitStrangers(deployment.quotas, ports),
    reportFailure: failureReporter(log),
    newRequestId,
    proxyHops: settings.listen.proxyHops,
    reportProxies: proxiesReporter(log),
  });
  const service = await listen(
    app,
    { ...settings.listen, newRequestId, urgentPaths: new Set(['/healthz']) },
    serverClasses(app),
  ).catch(async (error: unknown) => {
    await ledger.close();
    throw error;
  });
  return {
    welcome: welcome({
      url: service.url,
      redisIsUsed: settings.ledger.redis !== undefined,
      callerKeyFile,
      purposes,
    }),
    announceEnd: () => {
      isEnding = true;
    },
    close: async (graceMs) => {
      await service.drain(graceMs);
      await ledger.close();
    },
  };
}
