import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { watchAttempts } from './attempts.ts';
import { SentinelError } from './away.ts';
import { guardServer } from './gate.ts';
import { AWAY, guardCluster } from './guarded-cluster.ts';
import { currentPassword } from './password.ts';
import { parseServerUrl } from './server-url.ts';
import type { ClusterTarget, RedisTarget, SentinelTarget, ServerTarget } from './target.ts';
import { tlsOptions } from './target-files.ts';

export type { RedisTarget };
export type LedgerClient = Redis | Cluster;

/** How much longer than a question may take a reply is waited for: a late one may be that to another question. */
const LATE_MS = 500;
/** How long a connection that is being closed waits for the other side to close it too. */
const CLOSING_MS = 100;

const retryStrategy = (times: number) => Math.min(20 * times, 500);

function settingsFor(timeoutMs: number) {
  return {
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: timeoutMs + LATE_MS,
    connectTimeout: Math.max(timeoutMs, 1000),
    socketTimeout: timeoutMs + LATE_MS,
    disconnectTimeout: CLOSING_MS,
    enableReadyCheck: true,
    enableAutoPipelining: false,
    // CLIENT SETINFO: the user need not have the right.
    disableClientInfo: true,
    // Everything is in place before the first connection is begun.
    lazyConnect: true,
  } satisfies RedisOptions;
}

type Settings = ReturnType<typeof settingsFor>;

/**
 * A client that never resends a command that may have run, never queues one for later, and never waits
 * for ever. ioredis's defaults do all three, and each turns a first use into a second or a lost one.
 */
export function openClient(target: RedisTarget, timeoutMs: number): LedgerClient {
  const settings = settingsFor(timeoutMs);
  const client = 'cluster' in target ? openCluster(target, settings) : openServer(target, settings);
  client.connect().catch(() => {});
  return client;
}

function openServer(target: ServerTarget | SentinelTarget, settings: Settings): Redis {
  const place = 'url' in target ? serverAt(target) : masterOf(target, settings.connectTimeout);
  const client = leavingReplicas(
    (reconnectOnError) =>
      new Redis({ ...settings, ...place, retryStrategy, enableOfflineQueue: false, reconnectOnError }),
  );
  if (target.passwordFile !== undefined) {
    const passwordNow = currentPassword(target);
    client.options.password = passwordNow();
    // Before the next attempt, which is a pause away.
    client.on('close', () => {
      client.options.password = passwordNow();
    });
  }
  guardServer(client, 'standalone');
  watchAttempts(client, (error) => client.emit(AWAY, error));
  if ('sentinels' in target) tellOfSentinels(client);
  return client;
}

function serverAt({ url, username, password, database, tls }: ServerTarget) {
  const parsed = parseServerUrl(url);
  if (!parsed.ok) throw new TypeError(`The URL of Redis ${parsed.problem}.`);
  const { tls: isTls, db, ...server } = parsed.address;
  const options = tlsOptions(isTls ? tls || true : false);
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...server,
    db: database ?? db,
    ...(options ? { tls: options } : {}),
  };
}

function masterOf(target: SentinelTarget, patienceMs: number) {
  const { username, password, database, natMap, sentinelUsername, sentinelPassword } = target;
  const tls = tlsOptions(target.tls);
  const sentinelTLS = tlsOptions(target.sentinelTls);
  return {
    ...{ username, password, db: database ?? 0, name: target.name },
    sentinels: target.sentinels.map(({ host, port }) => ({ host, port })),
    ...(tls ? { tls, enableTLSForSentinelMode: true } : {}),
    ...(sentinelTLS ? { sentinelTLS } : {}),
    ...(sentinelUsername ? { sentinelUsername } : {}),
    ...(sentinelPassword ? { sentinelPassword } : {}),
    ...(natMap ? { natMap } : {}),
    sentinelRetryStrategy: retryStrategy,
    // Without it a sentinel that takes the connection and says nothing is waited for without end.
    sentinelCommandTimeout: patienceMs,
    failoverDetector: true,
  };
}

/** ioredis keeps the errors of the first connections to Sentinels to itself, and writes those of later ones to the console. */
function tellOfSentinels(client: Redis): void {
  const connector: unknown = Reflect.get(client, 'connector');
  if (typeof connector !== 'object' || connector === null) return;
  const connect: unknown = Reflect.get(connector, 'connectToSentinel');
  if (typeof connect !== 'function') return;
  Reflect.set(connector, 'connectToSentinel', (...args: readonly unknown[]) => {
    const sentinel: unknown = Reflect.apply(connect, connector, args);
    if (sentinel instanceof Redis) {
      const { host, port, lazyConnect } = sentinel.options;
      // Those that wait to hear of a failover are asked nothing: what becomes of them is no reason for anything.
      const tell = (error: Error) =>
        !lazyConnect && client.emit(AWAY, new SentinelError(`${host}:${port}`, error));
      watchAttempts(sentinel, tell);
    }
    return sentinel;
  });
}

const SLOTS_REFRESH_MS = 5000;

function openCluster(target: ClusterTarget, settings: Settings): Cluster {
  const { username, natMap } = target;
  const passwordNow = currentPassword(target);
  const tls = tlsOptions(target.tls);
  const cluster = new Cluster(
    target.cluster.map(({ host, port }) => ({ host, port })),
    {
      lazyConnect: true,
      clusterRetryStrategy: retryStrategy,
      enableOfflineQueue: false,
      enableReadyCheck: true,
      slotsRefreshTimeout: settings.connectTimeout,
      // Off: see refreshSlots.
      slotsRefreshInterval: 0,
      // Anything above 0 resends what was in flight when a connection was lost, even after its time-out.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 50,
      retryDelayOnTryAgain: 20,
      // Names stay names, so that certificates are compared with them. Each connection looks its own up.
      dnsLookup: (name, found) => found(null, name),
      ...(natMap ? { natMap } : {}),
      redisOptions: {
        ...{ ...settings, username, password: passwordNow(), reconnectOnError: isReadOnly },
        ...(tls ? { tls } : {}),
      },
    },
  );
  guardCluster(cluster, (node) => {
    node.options.password = passwordNow();
  });
  refreshSlots(cluster);
  return cluster;
}

/** ioredis refreshes them for ever if it is closed during a refresh, and keeps the process running. */
function refreshSlots(cluster: Cluster): void {
  let timer: NodeJS.Timeout | undefined;
  cluster.on('ready', () => {
    clearInterval(timer);
    timer = setInterval(() => cluster.refreshSlotsCache(), SLOTS_REFRESH_MS).unref();
  });
  for (const event of ['close', 'end']) cluster.on(event, () => clearInterval(timer));
}

/** How long a connection is kept at least: time enough to find out what is wrong with the server. */
const SHORTEST_STAY_MS = 250;

/**
 * A client that leaves a server which is no longer a master. It leaves once per connection, however many
 * replies say so: ioredis adds a timer and a listener to the socket each time.
 */
function leavingReplicas(open: (reconnectOnError: (error: Error) => boolean) => Redis): Redis {
  let mayLeave = true;
  let stay: NodeJS.Timeout | undefined;
  const setMayLeave = (may: boolean) => {
    clearTimeout(stay);
    mayLeave = may;
  };
  const client = open((error) => {
    if (!mayLeave || !isReadOnly(error)) return false;
    setMayLeave(false);
    client.emit(AWAY, error);
    return true;
  });
  client.on('ready', () => {
    setMayLeave(false);
    stay = setTimeout(setMayLeave, SHORTEST_STAY_MS, true).unref();
  });
  client.on('close', () => setMayLeave(true));
  return client;
}

function isReadOnly(error: Error): boolean {
  return error.message.startsWith('READONLY');
}
