import { randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Child, startChild } from './child.ts';

/** A process of its own, on a port of its own, of Redis or of what REDIS_SERVER names. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Where it keeps its files. */
  readonly folder: string;
  /** The newest process: `restart` makes another. */
  process(): Child;
  /** Runs one command on a connection of its own. */
  command(name: string, ...args: (string | number)[]): Promise<unknown>;
  /** SAVE, once no save is under way in the background, as one is while a replica is brought up to date. */
  save(): Promise<void>;
  /** Starts it again, in the same folder, after `process().kill`; with more arguments, this once. */
  restart(moreArgs?: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** What the servers of a test file kept when they were closed, as the octets of their database. */
export const everythingKept: string[] = [];

/** The server that every test runs against. */
export const SERVER_PROGRAM = process.env.REDIS_SERVER || 'redis-server';
const PATIENCE_MS = 60_000;

/** Starts the server, or a sentinel, and waits until it has printed the pattern. What fails to start leaves nothing running. */
export async function startServer(
  args: readonly string[],
  hasStarted: RegExp,
  env: NodeJS.ProcessEnv = {},
): Promise<Child> {
  const child = startChild(SERVER_PROGRAM, args, { env: { ...process.env, ...env } });
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  try {
    await child.printed(hasStarted);
    return child;
  } finally {
    clearTimeout(timer);
  }
}

/** All of them, or none: when one fails to start, those that did are closed. */
export async function startTogether<T extends { close(): Promise<void> }>(
  starts: readonly Promise<T>[],
): Promise<readonly T[]> {
  const outcomes = await Promise.allSettled(starts);
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (!failure) return started;
  await Promise.all(started.map((each) => each.close()));
  throw failure.reason;
}

/** `args` are those of redis-server, such as `--appendonly yes`. Nothing is persisted by default. */
export async function startRedis(
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<RedisServer> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'matchstick-redis-'));
  const all = [
    ...['--port', String(port), '--dir', folder, '--bind', '127.0.0.1'],
    ...['--save', '', '--repl-diskless-sync-delay', '0', ...args],
  ];
  const start = (moreArgs: readonly string[] = []) =>
    startServer([...all, ...moreArgs], /Ready to accept connections/, env);
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  const command = async (name: string, ...commandArgs: (string | number)[]): Promise<unknown> => {
    const client = new Redis(port, '127.0.0.1', { retryStrategy: () => null });
    client.on('error', () => {});
    try {
      return await client.call(name, ...commandArgs);
    } finally {
      client.disconnect();
    }
  };
  let child = await start().catch(async (error: unknown) => {
    await removeFolder();
    throw error;
  });
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder,
    process: () => child,
    command,
    save: async () => {
      while (!String(await command('INFO', 'persistence')).includes('rdb_bgsave_in_progress:0')) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await command('SAVE');
    },
    restart: async (moreArgs) => {
      await child.exited();
      child = await start(moreArgs);
    },
    close: async () => {
      child.kill('SIGCONT');
      everythingKept.push(...(await keptBy(port, folder)));
      child.kill('SIGKILL');
      await child.exited();
      await removeFolder();
    },
  };
}

/** The database of a server that answers and lets itself be asked; of any other, nothing. */
async function keptBy(port: number, folder: string): Promise<readonly string[]> {
  const client = new Redis(port, '127.0.0.1', {
    retryStrategy: () => null,
    connectTimeout: 1000,
    commandTimeout: 1000,
    enableReadyCheck: false,
  });
  client.on('error', () => {});
  try {
    await client.call('CONFIG', 'SET', 'rdbcompression', 'no');
    await client.call('SAVE');
    return [await readFile(join(folder, 'dump.rdb'), 'latin1')];
  } catch {
    return [];
  } finally {
    client.disconnect();
  }
}

/**
 * A port that nothing listens on, below those that systems give to clients: while a server is down, one of
 * those could be taken by a client that is looking for it, and the server would not come back.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 22_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
