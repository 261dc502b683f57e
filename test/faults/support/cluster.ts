import { startChild } from '../../support/child.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import { info, REPLICATING, until } from './replication.ts';

/** Three masters that share the slots, and a replica of each. */
export interface ClusterTopology {
  readonly servers: readonly RedisServer[];
  masters(): Promise<readonly RedisServer[]>;
  ownerOf(slot: number): Promise<RedisServer>;
  replicaOf(master: RedisServer): Promise<RedisServer>;
  idOf(server: RedisServer): Promise<string>;
  close(): Promise<void>;
}

const NODE_TIMEOUT_MS = 1000;
const CLI = (process.env.REDIS_SERVER ?? 'redis-server').replace(/redis-server$/, 'redis-cli');

export async function startCluster(): Promise<ClusterTopology> {
  const args = [
    ...['--cluster-enabled', 'yes', '--cluster-node-timeout', String(NODE_TIMEOUT_MS)],
    ...['--cluster-replica-validity-factor', '0', '--cluster-allow-replica-migration', 'no'],
    ...['--cluster-require-full-coverage', 'no', ...REPLICATING],
  ];
  const servers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => startRedis(args)));
  const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
  const created = startChild(CLI, [
    '--cluster',
    'create',
    ...addresses,
    '--cluster-replicas',
    '1',
    '--cluster-yes',
  ]);
  if ((await created.exited()) !== 0) throw new Error(created.output());
  await until(async () => (await Promise.all(servers.map(isSettled))).every(Boolean));

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
      const roles = await Promise.all(servers.map((server) => info(server)));
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

async function isSettled(server: RedisServer): Promise<boolean> {
  const state = String(await server.command('CLUSTER', 'INFO'));
  const replication = await info(server);
  return (
    /cluster_state:ok/.test(state) &&
    /cluster_known_nodes:6/.test(state) &&
    /role:master.*connected_slaves:1|role:slave.*master_link_status:up/s.test(replication)
  );
}
