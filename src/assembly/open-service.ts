import { newAttemptSecret } from '../burn/attempt.ts';
import { authenticator } from '../callers/caller.ts';
import type { Log } from '../contract/log.ts';
import { MatchstickError } from '../errors.ts';
import { rememberClients } from '../events/client.ts';
import { eventFeed } from '../http/event-feed.ts';
import { fastLane, type ListenerOptions } from '../http/fast-lane.ts';
import { watchProxies } from '../http/proxy-watch.ts';
import { allRoutes } from '../http/routes.ts';
import type { RequestHandler } from '../http/server.ts';
import { watchRequests } from '../http/watch-requests.ts';
import { kidOf, shownKeys } from '../keys/ring-states.ts';
import { formTargetsOf } from '../links/form-targets.ts';
import type { Meters } from '../metrics/meters.ts';
import { allOperations } from '../operations/all.ts';
import { metricsOperation } from '../operations/metrics.ts';
import { refuseStrangers } from '../operations/strangers.ts';
import { renderPages } from '../pages/render.ts';
import { PARAMETERS } from '../redis/scripts/sources.ts';
import type { Settings } from '../settings/parse.ts';
import { withPeers } from '../settings/peers.ts';
import { apiOf, loadDescription } from './api-docs.ts';
import { droppedReporter } from './event-reports.ts';
import { callersOf } from './generated-caller.ts';
import type { Ambient, LedgerState } from './ledger-state.ts';
import { eventLog, failureReporter, proxiesReporter } from './log.ts';
import { openConsole } from './open-console.ts';
import { openDeployment } from './open-deployment.ts';
import { openKeys, type Publishing } from './open-keys.ts';
import type { Parts } from './parts.ts';
import { buildOf } from './version.ts';

/** The first request, which somebody may have waited for, is answered by then. */
const REST_AFTER_MS = 200;

const PARTS: Parts = { redis: () => import('./redis-ledger.ts'), stores: () => import('../s3/stores.ts') };

/** What one process of the service takes from the process that it is. */
export interface ServiceAmbient extends Ambient {
  readonly newRequestId: () => string;
  /** Default: as long as a cache may keep the JWK Set, and some seconds. */
  readonly publishing?: Publishing;
}

/** What was found at the start. It can be told to another process. */
export interface Found {
  readonly ledger: LedgerState;
  /** Whether it made the keys. */
  readonly keysAreNew: boolean;
}

/** Everything that answers requests, wherever they come from. */
export interface OpenService extends RequestHandler {
  readonly found: Found;
  /** What it counts. */
  readonly meters: Meters;
  /** Records that it serves. To be called once, as soon as somebody listens for it. */
  announceStart(): void;
  /** From now on it says that it is not ready, and serves on. */
  announceEnd(): void;
  close(): Promise<void>;
}

/**
 * Opens everything that the settings name. Rejects, with nothing left open, if that cannot be. `page` gives the metrics
 * that it shows; absent: its own.
 */
export async function openService(
  settings: Settings,
  log: Log,
  ambient: ServiceAmbient,
  page?: () => Promise<string>,
): Promise<OpenService> {
  const { expressApp, serverClasses } = await withPeers('service', () => import('../http/express-app.ts'));
  const metrics = await withPeers('service', () => import('../metrics/meters.ts'));
  const { purposes } = settings;
  const { nowMs, monotonicMs, randomBytes, newRequestId, publishing } = ambient;
  const { ring: keyRing, close: closeKeys } = await openKeys(settings, log, ambient, publishing);
  const callers = await callersOf(settings, randomBytes);
  const meters = metrics.meters({
    build: buildOf(process.versions),
    purposes: purposes.keys(),
    operations: [...Object.keys(PARAMETERS), 'limit'],
    keys: () =>
      shownKeys(keyRing.stored).map((key) => ({ kid: kidOf(key), state: key.state, sinceMs: key.sinceMs })),
    nowMs: keyRing.nowMs,
  });
  const reportDropped = droppedReporter(log);
  const dropped = (count: number) => {
    meters.dropped(count);
    reportDropped(count);
  };
  const opened = await openDeployment(settings, keyRing, log, ambient, {
    listeners: [meters.hear, ...(settings.events.log ? [eventLog(dropped)] : [])],
    dropped,
    parts: PARTS,
    observers: { observe: meters.observeLedger, limited: meters.limited },
  });
  const { deployment, ports, readiness, ledgerState } = opened;
  const { openers, witness } = deployment;
  const ending = new AbortController();
  const requireToGoOn = async () => {
    if (ending.signal.aborted) throw new MatchstickError('ledger_unavailable', 'The service is stopping.');
  };
  const metricsPage = page ?? meters.page;
  const operations = allOperations(deployment, ports);
  const authenticate = authenticator(callers, nowMs);
  const refuseStranger = refuseStrangers(deployment, ports);
  const followEvents = eventFeed({
    store: ports.events,
    nowMs,
    hashSubject: deployment.recorder.subject,
    ending: ending.signal,
  });
  const routes = allRoutes({
    operations,
    publishedKeys: keyRing,
    jwksMaxAgeSeconds: publishing?.maxAgeSeconds,
    renderPage: renderPages(settings.pages, formTargetsOf(purposes, openers)),
    followEvents,
    issuer: settings.issuer,
    newAttempt: () => newAttemptSecret(randomBytes),
    readiness: { ...readiness, checks: [...readiness.checks, { part: 'process', check: requireToGoOn }] },
    api: settings.openapi ? apiOf(settings, deployment.claimsSchemas) : undefined,
    metrics: {
      page: metricsPage,
      read: metricsOperation(deployment, metricsPage),
      isOpen: settings.metrics.open,
    },
  });
  const watch = watchRequests(monotonicMs, meters.observeRequest);
  const desk = {
    callers,
    deployment,
    operations,
    authenticate,
    refuseStranger,
    followEvents,
    nowMs,
    readiness,
  };
  const { proxyHops } = settings.listen;
  const answering: ListenerOptions = {
    routes: [...routes, ...(await openConsole(settings, desk))],
    watch,
    authenticate,
    tracing: deployment.tracing,
    refuseStranger,
    clientOf: rememberClients(settings.events.client),
    reportFailure: failureReporter(log),
    newRequestId,
    proxyHops,
    lookAtProxies: watchProxies(proxyHops, proxiesReporter(log)),
  };
  const app = expressApp(answering);
  let hasStarted = false;
  const loading = setTimeout(() => loadRest(settings), REST_AFTER_MS);
  return {
    found: { ledger: ledgerState, keysAreNew: keyRing.isNew },
    meters,
    listener: fastLane(answering, app),
    options: { watch, newRequestId, urgentPaths: new Set(['/healthz']) },
    classes: serverClasses(app),
    announceStart: () => {
      hasStarted = true;
      witness.tell('service.started');
    },
    announceEnd: () => {
      ending.abort();
    },
    close: async () => {
      clearTimeout(loading);
      if (hasStarted) witness.tell('service.stopped');
      await opened.close();
      await closeKeys();
    },
  };
}

/** What only some requests need is loaded before they come, and before its files may be replaced. */
function loadRest({ openapi, purposes }: Settings): void {
  // Who asks for the description hears why it cannot be had.
  if (openapi) loadDescription().catch(() => {});
  // A plain schema is compiled with the first claims.
  for (const { parseClaims } of purposes.values()) parseClaims?.({});
}
