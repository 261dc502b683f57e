import { newAttemptSecret } from '../burn/attempt.ts';
import { authenticator } from '../callers/caller.ts';
import type { Log } from '../contract/log.ts';
import { MatchstickError } from '../errors.ts';
import { clientOf } from '../events/client.ts';
import { eventFeed } from '../http/event-feed.ts';
import { allRoutes } from '../http/routes.ts';
import type { RequestHandler } from '../http/server.ts';
import { formTargetsOf } from '../links/form-targets.ts';
import { allOperations } from '../operations/all.ts';
import { refuseStrangers } from '../operations/strangers.ts';
import { renderPages } from '../pages/render.ts';
import type { Settings } from '../settings/parse.ts';
import { withPeers } from '../settings/peers.ts';
import { droppedReporter } from './event-reports.ts';
import { callersOf } from './generated-caller.ts';
import { eventLog, failureReporter, proxiesReporter } from './log.ts';
import { openDeployment } from './open-deployment.ts';
import { openKeys } from './open-keys.ts';
import type { Ambient, LedgerState } from './open-ledger.ts';

/** What one process of the service takes from the process that it is. */
export interface ServiceAmbient extends Ambient {
  readonly newRequestId: () => string;
}

/** What was found at the start. It can be told to another process. */
export interface Found {
  readonly ledger: LedgerState;
  /** Whether it made the key file. */
  readonly keyFileIsNew: boolean;
}

/** Everything that answers requests, wherever they come from. */
export interface OpenService extends RequestHandler {
  readonly found: Found;
  /** From now on it says that it is not ready, and serves on. */
  announceEnd(): void;
  close(): Promise<void>;
}

/** Opens everything that the settings name. Rejects, with nothing left open, if that cannot be. */
export async function openService(
  settings: Settings,
  log: Log,
  ambient: ServiceAmbient,
): Promise<OpenService> {
  const { expressApp, serverClasses } = await withPeers('service', () => import('../http/express-app.ts'));
  const { purposes } = settings;
  const { nowMs, randomBytes, newRequestId } = ambient;
  const { ring: keyRing, close: closeKeys } = await openKeys(settings, log, ambient);
  const callers = await callersOf(settings, randomBytes);
  const listeners = settings.events.log ? [eventLog()] : [];
  const opened = await openDeployment(settings, keyRing, log, ambient, {
    listeners,
    dropped: droppedReporter(log),
  });
  const { deployment, ports, readiness, ledgerState } = opened;
  const { openers, witness } = deployment;
  const ending = new AbortController();
  const requireToGoOn = async () => {
    if (ending.signal.aborted) throw new MatchstickError('ledger_unavailable', 'The service is stopping.');
  };
  const routes = allRoutes({
    operations: allOperations(deployment, ports),
    publishedKeys: keyRing,
    renderPage: renderPages(settings.pages, formTargetsOf(purposes, openers)),
    followEvents: eventFeed({
      store: ports.events,
      nowMs,
      hashSubject: deployment.recorder.subject,
      ending: ending.signal,
    }),
    issuer: settings.issuer,
    newAttempt: () => newAttemptSecret(randomBytes),
    readiness: { ...readiness, checks: [...readiness.checks, { part: 'process', check: requireToGoOn }] },
  });
  const listener = expressApp({
    routes,
    authenticate: authenticator(callers, nowMs),
    refuseStranger: refuseStrangers(deployment, ports),
    clientOf: (address, agent) => clientOf(address, agent, settings.events.client),
    reportFailure: failureReporter(log),
    newRequestId,
    proxyHops: settings.listen.proxyHops,
    reportProxies: proxiesReporter(log),
  });
  witness.tell('service.started');
  return {
    found: { ledger: ledgerState, keyFileIsNew: keyRing.isNew },
    listener,
    options: { newRequestId, urgentPaths: new Set(['/healthz']) },
    classes: serverClasses(listener),
    announceEnd: () => {
      ending.abort();
    },
    close: async () => {
      witness.tell('service.stopped');
      await opened.close();
      await closeKeys();
    },
  };
}
