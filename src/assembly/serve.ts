import cluster from 'node:cluster';
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Log } from '../contract/log.ts';
import { callerWarnings } from '../settings/caller-warnings.ts';
import type { Environment } from '../settings/environment.ts';
import { SettingsError } from '../settings/error.ts';
import { loadSettings } from '../settings/load.ts';
import type { Settings } from '../settings/parse.ts';
import { requireFitToServe, servingWarnings } from '../settings/serving.ts';
import { processLog, reportUnforeseen } from './log.ts';
import { requireNode } from './node-version.ts';
import { instanceName } from './open-events.ts';
import type { OpenService, ServiceAmbient } from './open-service.ts';
import { randomPool } from './random-pool.ts';
import { listenAlone } from './running-service.ts';
import { hearStopSignals, type StopSignals } from './stop-signals.ts';
import { welcome } from './welcome.ts';

const AMBIENT: ServiceAmbient = {
  nowMs: Date.now,
  monotonicMs: () => performance.now(),
  randomBytes: randomPool(),
  newRequestId: randomUUID,
  instance: instanceName(process.pid),
};
/** How long requests under way may take when the service stops. */
const GRACE_MS = 10_000;
const DEFAULT_DRAIN_DELAY_SECONDS = 5;
const LAST_LINES_MS = 2000;

/**
 * Runs the service until it is told to stop, and has stopped. Rejects when it cannot start. Workers run this too, each in a
 * process of its own. `config` is the configuration that the command line names.
 */
export async function serve(environment: Environment, config?: string): Promise<void> {
  requireNode(process.versions);
  // Said once and by us, in the documentation: the SDK would print a paragraph at every start.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  // Whoever read along has gone, or the disk is full. Nobody's token depends on it.
  process.stdout.on('error', () => {});
  const { worker } = cluster;
  const log = processLog(worker ? { worker: worker.id } : {});
  if (worker) {
    const open = (page: () => Promise<string>) => opened(loadSettings(environment, config), log, page);
    const { serveAsWorker } = await import('./worker.ts');
    return serveAsWorker(worker, log, open, GRACE_MS).finally(endSoon);
  }

  const signals = hearStopSignals(AMBIENT.monotonicMs, environment.npm_command === 'exec');
  const settings = loadSettings(environment, config);
  requireFitToServe(settings, environment);
  warnOf(settings, log);
  const count = workersOf(settings);
  const giveUp = (reason: string) => {
    process.exitCode = 1;
    signals.stopNow(reason);
  };
  // A promise that nobody waits for takes nothing down. After an exception that nobody caught nothing is certain, so
  // what is under way is finished, and whoever watches this process starts another.
  process.on('unhandledRejection', (reason) => reportUnforeseen(log, 'unhandledRejection', reason));
  process.on('uncaughtException', (error) => {
    reportUnforeseen(log, 'uncaughtException', error);
    giveUp('uncaughtException');
  });
  const service =
    count === 1
      ? await listenAlone(await opened(settings, log), settings.listen)
      : await (await import('./open-workers.ts')).openWorkers(settings.listen, {
          count,
          log,
          monotonicMs: AMBIENT.monotonicMs,
          giveUp,
        });
  warnOfRisks(settings, log);
  if (signals.isAsked()) signals.stopNow('');
  else process.stdout.write(welcome(service.url, settings, service.found));

  const signal = await signals.asked;
  log.info({ event: 'service.stopping', signal });
  service.announceEnd();
  await pause(drainDelayMs(settings), signals);
  await service.close(GRACE_MS);
  log.info({ event: 'service.stopped' });
  endSoon();
}

/** Lines that nobody reads do not keep the process running. */
function endSoon(): void {
  setTimeout(() => process.exit(), LAST_LINES_MS).unref();
}

/** What answers requests is loaded by a process that is to answer some, and that has settings to do it with. */
async function opened(settings: Settings, log: Log, page?: () => Promise<string>): Promise<OpenService> {
  const { openService } = await import('./open-service.ts');
  return openService(settings, log, AMBIENT, page);
}

function warnOf({ callers, purposes }: Settings, log: Log): void {
  for (const { path, message } of callerWarnings(callers, purposes, AMBIENT.nowMs())) {
    log.warn({ event: 'setting.of-no-use', setting: path }, message);
  }
}

/** Who sits at a terminal reads them in the welcome. A service that does not start says only why. */
function warnOfRisks(settings: Settings, log: Log): void {
  for (const { path, message } of process.stdout.isTTY ? [] : servingWarnings(settings)) {
    log.warn({ event: 'setting.risky', setting: path }, message);
  }
}

function workersOf({ workers, ledger, source }: Settings): number {
  const isShared = ledger.redis !== undefined;
  if (workers === 'auto') return isShared ? availableParallelism() : 1;
  if (workers > 1 && !isShared) {
    const message = 'needs ledger.redis: each worker would have a ledger of its own, in its own memory';
    throw new SettingsError(source, [{ path: 'workers', message }]);
  }
  return workers;
}

/** Nobody at a terminal waits for a load balancer. */
function drainDelayMs({ listen }: Settings): number {
  const unsaid = process.stdout.isTTY ? 0 : DEFAULT_DRAIN_DELAY_SECONDS;
  return (listen.drainDelay ?? unsaid) * 1000;
}

async function pause(milliseconds: number, { hurried }: StopSignals): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([over, hurried]);
  clearTimeout(timer);
}
