import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { RedisTarget } from '../../../src/redis/client.ts';
import {
  freePort,
  type RedisServer,
  startRedis,
  startServer,
  startTogether,
} from '../../support/redis-server.ts';
import { attach, REPLICATING, until } from './replication.ts';

/** A master, two replicas, and three sentinels that watch them. */
export interface SentinelTopology {
  readonly target: RedisTarget;
  readonly servers: readonly RedisServer[];
  /** Where the sentinels say that the master is. */
  master(): Promise<RedisServer>;
  /** Resolves when most sentinels know another master. */
  movedFrom(master: RedisServer): Promise<void>;
  close(): Promise<void>;
}

interface Sentinel {
  readonly port: number;
  ask(...args: string[]): Promise<unknown>;
  close(): Promise<void>;
}

const NAME = 'ledger';

export async function startSentinelTopology(): Promise<SentinelTopology> {
  const servers = await startTogether([1, 2, 3].map(() => startRedis(REPLICATING)));
  const closeServers = () => Promise.all(servers.map((server) => server.close()));
  const [first, ...replicas] = servers;
  if (!first) throw new Error('no master');
  const sentinels = await startSentinels(first, replicas).catch(async (error: unknown) => {
    await closeServers();
    throw error;
  });
  const masterPort = async (sentinel: Sentinel) => {
    const address = await sentinel.ask('GET-MASTER-ADDR-BY-NAME', NAME);
    return Array.isArray(address) ? Number(address[1]) : 0;
  };
  return {
    servers,
    target: { sentinels: sentinels.map(({ port }) => ({ host: '127.0.0.1', port })), name: NAME },
    master: async () => {
      const port = await masterPort(sentinels[0] as Sentinel);
      return servers.find((server) => server.port === port) ?? first;
    },
    movedFrom: (master) =>
      until(async () => {
        const ports = await Promise.all(sentinels.map(masterPort));
        return ports.filter((port) => port !== master.port).length >= 2;
      }),
    close: async () => {
      await Promise.all(sentinels.map((sentinel) => sentinel.close()));
      await closeServers();
    },
  };
}

async function startSentinels(
  master: RedisServer,
  replicas: readonly RedisServer[],
): Promise<readonly Sentinel[]> {
  await Promise.all(replicas.map((replica) => attach(replica, master)));
  const sentinels = await startTogether([1, 2, 3].map(() => startSentinel(master.port)));
  try {
    await until(async () => (await Promise.all(sentinels.map(knowsEverybody))).every(Boolean));
    return sentinels;
  } catch (error) {
    await Promise.all(sentinels.map((sentinel) => sentinel.close()));
    throw error;
  }
}

async function startSentinel(masterPort: number): Promise<Sentinel> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'matchstick-sentinel-'));
  const settings = join(folder, 'sentinel.conf');
  await writeFile(
    settings,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} 2`,
      // Long enough that a busy machine is not taken for a dead one: a failover that nobody asked for spoils a trial.
      `sentinel down-after-milliseconds ${NAME} 2000`,
      `sentinel failover-timeout ${NAME} 3000`,
      `sentinel parallel-syncs ${NAME} 2`,
      '',
    ].join('\n'),
  );
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  const child = await startServer([settings, '--sentinel'], /\+monitor master/).catch(
    async (error: unknown) => {
      await removeFolder();
      throw error;
    },
  );
  const client = new Redis(port, '127.0.0.1');
  client.on('error', () => {});
  return {
    port,
    ask: (...args) => client.call('SENTINEL', ...args),
    close: async () => {
      client.disconnect();
      child.kill('SIGKILL');
      await child.exited();
      await removeFolder();
    },
  };
}

async function knowsEverybody(sentinel: Sentinel): Promise<boolean> {
  const facts = await sentinel.ask('MASTER', NAME);
  if (!Array.isArray(facts)) return false;
  const of = (name: string) => Number(facts[facts.indexOf(name) + 1]);
  return of('num-slaves') === 2 && of('num-other-sentinels') === 2;
}
