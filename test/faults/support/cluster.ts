import { type RedisServer, startRedis, startTogether } from '../../support/redis-server.ts';
import { info, REPLICATING, until } from './replication.ts';

/** Masters that share the slots, and a replica of each if that is wanted. */
export interface ClusterTopology {
  readonly servers: readonly RedisServer[];
  masters(): Promise<readonly RedisServer[]>;
  ownerOf(slot: number): Promise<RedisServer>;
  replicaOf(master: RedisServer): Promise<RedisServer>;
  idOf(server: RedisServer): Promise<string>;
  close(): Promise<void>;
}

const SLOTS = 16_384;
const MASTERS = 3;
const NODE_TIMEOUT_MS = 1000;
/** A node that has not been answered within its time-out forgets whom it was to meet. */
const MEET_AGAIN_MS = 5 * NODE_TIMEOUT_MS;
/** The slots of the four shards' keys, whose hash tags are their numbers. */
export const SHARD_SLOTS = [13907, 9842, 5649, 1584];

export interface ClusterOptions {
  readonly masters?: number;
  readonly replicas?: boolean;
  readonly nodeTimeoutMs?: number;
  /** Starts one server with these arguments. */
  readonly start?: (args: readonly string[]) => Promise<RedisServer>;
}

/** Three masters, unless told otherwise. What fails to become a cluster leaves no server running. */
export async function startCluster({
  masters = MASTERS,
  replicas = true,
  nodeTimeoutMs = NODE_TIMEOUT_MS,
  start = startRedis,
}: ClusterOptions = {}): Promise<ClusterTopology> {
  const args = [
    ...['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeoutMs)],
    ...['--cluster-replica-validity-factor', '0', '--cluster-allow-replica-migration', 'no'],
    ...['--cluster-require-full-coverage', 'no', ...REPLICATING],
  ];
  const count = replicas ? 2 * masters : masters;
  const servers = await startTogether(Array.from({ length: count }, () => start(args)));
  const cluster = clusterOf(servers);
  try {
    await makeCluster(servers.slice(0, masters), servers.slice(masters), cluster.idOf);
    return cluster;
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

function clusterOf(servers: readonly RedisServer[]): ClusterTopology {
  const nodesOf = async (server: RedisServer): Promise<readonly ClusterNode[]> =>
    parseNodes(String(await server.command('CLUSTER', 'NODES')));
  const selfOf = async (server: RedisServer) => (await nodesOf(server)).find(({ isSelf }) => isSelf);
  const find = async (isIt: (node: ClusterNode) => boolean): Promise<RedisServer> => {
    for (const server of servers) {
      const self = await selfOf(server).catch(() => undefined);
      if (self && isIt(self)) return server;
    }
    throw new Error('the cluster has no such server');
  };
  const idOf = async (server: RedisServer) => (await selfOf(server))?.id ?? '';

  return {
    servers,
    idOf,
    masters: async () => {
      const roles = await Promise.all(servers.map((server) => info(server).catch(() => '')));
      return servers.filter((_, index) => /role:master/.test(roles[index] ?? ''));
    },
    ownerOf: (slot) => find(({ slots }) => slots.some(([first, last]) => first <= slot && slot <= last)),
    replicaOf: async (master) => {
      const id = await idOf(master);
      return find((node) => node.masterId === id);
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** By commands alone, so that nothing but the server itself is needed, whatever it is called. */
async function makeCluster(
  masters: readonly RedisServer[],
  replicas: readonly RedisServer[],
  idOf: (server: RedisServer) => Promise<string>,
): Promise<void> {
  const servers = [...masters, ...replicas];
  for (const [index, master] of masters.entries()) {
    const [first, next] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / masters.length));
    await master.command('CLUSTER', 'ADDSLOTSRANGE', first ?? 0, (next ?? SLOTS) - 1);
  }
  for (const [index, server] of servers.entries()) {
    await server.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  }
  let metAt = Number.NEGATIVE_INFINITY;
  await untilEvery(servers, async (server) => {
    const state = String(await server.command('CLUSTER', 'INFO'));
    if (state.includes(`cluster_known_nodes:${servers.length}`)) return state.includes('cluster_state:ok');
    if (server === servers[0] && performance.now() - metAt > MEET_AGAIN_MS) {
      metAt = performance.now();
      for (const other of servers.slice(1)) {
        await other.command('CLUSTER', 'MEET', '127.0.0.1', masters[0]?.port ?? 0);
      }
    }
    return false;
  });
  for (const [index, replica] of replicas.entries()) {
    const master = masters[index];
    if (master) await replica.command('CLUSTER', 'REPLICATE', await idOf(master));
  }
  const linked = replicas.length === 0 ? /role:master/ : /connected_slaves:1|master_link_status:up/;
  await untilEvery(servers, async (server) => linked.test(await info(server)));
}

function untilEvery(
  servers: readonly RedisServer[],
  isSo: (server: RedisServer) => Promise<boolean>,
): Promise<void> {
  return until(async () => (await Promise.all(servers.map(isSo))).every(Boolean));
}

interface ClusterNode {
  readonly id: string;
  readonly isSelf: boolean;
  readonly masterId: string;
  readonly slots: readonly (readonly [number, number])[];
}

function parseNodes(text: string): readonly ClusterNode[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', , flags = '', masterId = '', , , , , ...slots] = line.split(' ');
      const ranges = slots.filter((range) => /^\d/.test(range)).map((range) => range.split('-').map(Number));
      return {
        id,
        masterId,
        isSelf: flags.includes('myself'),
        slots: ranges.map(([first = 0, last = first]) => [first, last] as const),
      };
    });
}
