import { Cluster, Redis, type RedisOptions } from 'ioredis';

export type LedgerClient = Redis | Cluster;

/** Where the ledger is. */
export type RedisTarget =
  | { readonly url: string }
  | (Access & { readonly cluster: readonly Address[] })
  | (Access & { readonly sentinels: readonly Address[]; readonly name: string });

export interface Address {
  readonly host: string;
  readonly port: number;
}

interface Access {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly tls?: boolean | undefined;
}

/**
 * A client that never resends a command by itself, never queues one for later, and never waits for
 * ever. ioredis's defaults do all three, and each turns a first use into a second or a lost one.
 */
export function openClient(target: RedisTarget, timeoutMs: number): LedgerClient {
  const retryStrategy = (times: number) => Math.min(20 * times, 500);
  const settings = {
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: timeoutMs,
    connectTimeout: Math.max(timeoutMs, 1000),
    socketTimeout: timeoutMs + 500,
    enableReadyCheck: true,
    enableAutoPipelining: false,
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  } satisfies RedisOptions;
  if ('url' in target)
    return new Redis(target.url, { ...settings, retryStrategy, enableOfflineQueue: false });

  const { username, password, tls } = target;
  const access = { username, password, ...(tls ? { tls: {} } : {}) };
  if ('sentinels' in target) {
    return new Redis({
      ...settings,
      ...access,
      retryStrategy,
      enableOfflineQueue: false,
      sentinels: target.sentinels.map(({ host, port }) => ({ host, port })),
      name: target.name,
      sentinelRetryStrategy: retryStrategy,
      enableTLSForSentinelMode: tls === true,
      failoverDetector: true,
    });
  }
  return new Cluster(
    target.cluster.map(({ host, port }) => ({ host, port })),
    {
      clusterRetryStrategy: retryStrategy,
      enableOfflineQueue: false,
      enableReadyCheck: true,
      slotsRefreshTimeout: Math.max(timeoutMs, 1000),
      slotsRefreshInterval: 5000,
      retryDelayOnFailover: 50,
      retryDelayOnClusterDown: 50,
      retryDelayOnTryAgain: 20,
      redisOptions: { ...settings, ...access },
    },
  );
}
