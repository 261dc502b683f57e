import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import { type FakeClock, startFakeClock } from '../support/fake-clock.ts';

/** A Redis server that can be stopped, killed, and told another time. */
export interface FaultyServer {
  /** Its commands reject at once while it is stopped or dead, and when it is silent for too long. */
  readonly redis: RedisServer;
  isRunning(): boolean;
  isDead(): boolean;
  /** Its clock steps by so many seconds. */
  stepClock(seconds: number): void;
  /** Its clock is right again, but for so many seconds. */
  setClock(seconds: number): void;
  stop(): void;
  resume(): void;
  kill(): Promise<void>;
  restart(args?: readonly string[]): Promise<void>;
  /** What it would find on its disk after a restart. */
  forgetFiles(): Promise<void>;
  close(): Promise<void>;
}

const PATIENCE_MS = 3000;
/** A link does not end because a clock steps. */
const REPLICATION_TIMEOUT_SECONDS = 1_000_000;

export async function startFaultyServer(args: readonly string[], seconds = 0): Promise<FaultyServer> {
  const clock: FakeClock = await startFakeClock(seconds);
  const timeout = ['--repl-timeout', String(REPLICATION_TIMEOUT_SECONDS)];
  const started = await startRedis(['--enable-debug-command', 'yes', ...timeout, ...args], clock.env);
  return faultyServer(started, clock, seconds);
}

export function faultyServer(started: RedisServer, clock: FakeClock, seconds = 0): FaultyServer {
  let state: 'running' | 'stopped' | 'dead' = 'running';
  let aheadSeconds = seconds;
  const command = async (name: string, ...args: (string | number)[]): Promise<unknown> => {
    if (state !== 'running') throw new Error(`the server is ${state}`);
    return within(PATIENCE_MS, started.command(name, ...args), name);
  };
  const setClock = (to: number): void => {
    aheadSeconds = to;
    clock.set(to);
  };
  return {
    redis: { ...started, command },
    isRunning: () => state === 'running',
    isDead: () => state === 'dead',
    stepClock: (by) => setClock(aheadSeconds + by),
    setClock,
    stop: () => {
      if (state !== 'running') throw new Error(`the server is ${state}`);
      started.process().kill('SIGSTOP');
      state = 'stopped';
    },
    resume: () => {
      if (state === 'stopped') state = 'running';
      started.process().kill('SIGCONT');
    },
    kill: async () => {
      started.process().kill('SIGKILL');
      state = 'dead';
      await started.process().exited();
    },
    restart: async (args) => {
      if (state !== 'dead') return;
      await started.restart(args);
      state = 'running';
    },
    forgetFiles: async () => {
      for (const name of ['dump.rdb', 'appendonlydir']) {
        await rm(join(started.folder, name), { recursive: true, force: true });
      }
    },
    close: async () => {
      await started.close();
      await clock.close();
    },
  };
}

/** The promise's outcome, or a rejection after so many milliseconds, when nobody waits for it any more. */
export async function within<T>(milliseconds: number, promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  promise.catch(() => {});
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
