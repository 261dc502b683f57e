import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { parseServerUrl } from './server-url.ts';
import type { RedisTarget } from './target.ts';

export type { RedisTarget };

export type LedgerClient = Redis | Cluster;

/** How much longer than a question may take a reply is waited for: a late one may be that to another question. */
const LATE_MS = 500;
/** How long a connection that is being closed waits for the other side to close it too. */
const CLOSING_MS = 100;

/**
 * A client that never resends a command that may have run, never queues one for later, and never waits
 * for ever. ioredis's defaults do all three, and each turns a first use into a second or a lost one.
 */
export function openClient(target: RedisTarget, timeoutMs: number): LedgerClient {
  const retryStrategy = (times: number) => Math.min(20 * times, 500);
  const settings = {
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: timeoutMs + LATE_MS,
    connectTimeout: Math.max(timeoutMs, 1000),
    socketTimeout: timeoutMs + LATE_MS,
    disconnectTimeout: CLOSING_MS,
    enableReadyCheck: true,
    enableAutoPipelining: false,
  } satisfies RedisOptions;
  if ('url' in target) {
    const server = serverAt(target.url);
    return leavingReplicas(
      (reconnectOnError) =>
        new Redis({ ...settings, ...server, retryStrategy, enableOfflineQueue: false, reconnectOnError }),
    );
  }

  const { username, password, tls } = target;
  const access = { username, password, ...(tls ? { tls: {} } : {}) };
  if ('sentinels' in target) {
    return leavingReplicas(
      (reconnectOnError) =>
        new Redis({
          ...settings,
          ...access,
          retryStrategy,
          enableOfflineQueue: false,
          reconnectOnError,
          sentinels: target.sentinels.map(({ host, port }) => ({ host, port })),
          name: target.name,
          sentinelRetryStrategy: retryStrategy,
          // Without it a sentinel that takes the connection and says nothing is waited for without end.
          sentinelCommandTimeout: Math.max(timeoutMs, 1000),
          enableTLSForSentinelMode: tls === true,
          failoverDetector: true,
        }),
    );
  }
  const cluster = new Cluster(
    target.cluster.map(({ host, port }) => ({ host, port })),
    {
      clusterRetryStrategy: retryStrategy,
      enableOfflineQueue: false,
      enableReadyCheck: true,
      slotsRefreshTimeout: Math.max(timeoutMs, 1000),
      slotsRefreshInterval: 5000,
      // Anything above 0 resends what was in flight when a connection was lost, even after its time-out.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 50,
      retryDelayOnTryAgain: 20,
      redisOptions: { ...settings, ...access, reconnectOnError: isReadOnly },
    },
  );
  return askingAside(cluster);
}

/**
 * A cluster client whose ASKING may fail. ioredis sends it ahead of a redirected command and drops its promise, so
 * that a node which is lost at that moment would end the process by an unhandled rejection. The command itself fails too.
 */
function askingAside(cluster: Cluster): Cluster {
  cluster.on('+node', (node: Redis) => {
    const asking = node.asking.bind(node);
    node.asking = (...args: Parameters<typeof asking>) => {
      const asked = asking(...args);
      asked.catch(() => {});
      return asked;
    };
  });
  return cluster;
}

function serverAt(url: string) {
  const parsed = parseServerUrl(url);
  if (!parsed.ok) throw new TypeError(`The URL of Redis ${parsed.problem}.`);
  const { tls, ...server } = parsed.address;
  return { ...server, ...(tls ? { tls: {} } : {}) };
}

/**
 * A client that leaves a server which is no longer a master. It leaves once per connection, however many
 * replies say so: ioredis adds a timer and a listener to the socket each time.
 */
function leavingReplicas(open: (reconnectOnError: (error: Error) => boolean) => Redis): Redis {
  let isLeaving = false;
  const client = open((error) => {
    if (isLeaving || !isReadOnly(error)) return false;
    isLeaving = true;
    return true;
  });
  client.on('close', () => {
    isLeaving = false;
  });
  return client;
}

function isReadOnly(error: Error): boolean {
  return error.message.startsWith('READONLY');
}
