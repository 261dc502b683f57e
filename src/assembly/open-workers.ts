import type { Log } from '../contract/log.ts';
import type { ListenAddress } from '../http/address.ts';
import { openPort } from '../http/hand-over.ts';
import { withPeers } from '../settings/peers.ts';
import { assembleCrew, type WorkerEnd, WorkerError } from './crew.ts';
import type { RunningService } from './running-service.ts';
import { buildOf } from './version.ts';

export interface WorkersOptions {
  readonly count: number;
  readonly log: Log;
  readonly monotonicMs: () => number;
  /** Hears that workers end again and again, so that there is no point in starting more. */
  readonly giveUp: (reason: string) => void;
}

/** With what somebody ends a process. While others serve, that says nothing about the program. */
const FROM_OUTSIDE: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP']);
const CRASHES = 5;
const CRASHES_WITHIN_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * The service in several processes on one port. This one takes the connections and gives them out in turn, so that it can
 * stop taking them before the workers end, and none is lost; and it keeps what they count. The first worker starts alone, so that what is wrong is said
 * once. One that ends is replaced, a little later each time. Rejects with a WorkerError when one cannot start, and with a
 * ListenError.
 */
export async function openWorkers(
  address: ListenAddress,
  { count, log, monotonicMs, giveUp }: WorkersOptions,
): Promise<RunningService> {
  const { gatheredMetrics } = await withPeers('service', () => import('../metrics/gathered.ts'));
  let crashes: readonly number[] = [];
  let isEnding = false;
  let hasGivenUp = false;
  const crew = assembleCrew(
    (end) => {
      log.error({ event: 'worker.ended', ...end });
      replace(end);
    },
    { metrics: gatheredMetrics(buildOf(process.versions)), monotonicMs },
  );

  function startAgain(error: unknown): void {
    const end = error instanceof WorkerError ? error.end : undefined;
    log.error({
      ...{ event: 'worker.ended', ...end },
      reason: error instanceof Error ? error.message : String(error),
    });
    replace(end);
  }

  function replace(end?: WorkerEnd): void {
    if (crew.serves() && FROM_OUTSIDE.has(end?.signal ?? '')) startAfter(FIRST_PAUSE_MS);
    else replaceLater();
  }

  function replaceLater(): void {
    if (hasGivenUp) return;
    const nowMs = monotonicMs();
    crashes = [...crashes.filter((atMs) => nowMs - atMs < CRASHES_WITHIN_MS), nowMs];
    if (crashes.length >= CRASHES) {
      hasGivenUp = true;
      log.error({ event: 'workers.given-up' }, `Workers ended ${CRASHES} times within a minute.`);
      giveUp('workers ended again and again');
      return;
    }
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (crashes.length - 1), LONGEST_PAUSE_MS);
    startAfter(pauseMs);
  }

  function startAfter(pauseMs: number): void {
    setTimeout(() => isEnding || crew.start().catch(startAgain), pauseMs);
  }

  const port = await openPort(address, crew.give);
  const close = async (graceMs: number) => {
    isEnding = true;
    await crew.close(graceMs, port.stop);
  };
  try {
    const found = await crew.start();
    const others = Array.from({ length: count - 1 }, () => crew.start());
    // The first one shows that they can start.
    await Promise.all(others.map((starting) => starting.catch(startAgain)));
    return { url: port.url, found, announceEnd: crew.announceEnd, close };
  } catch (error) {
    await close(0);
    throw error;
  }
}
