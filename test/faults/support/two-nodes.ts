import type { RedisTarget } from '../../../src/redis/client.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import { inStep, REPLICATING, until } from './replication.ts';

/** A Cluster of two: one node has all slots, the other none. */
export interface TwoNodes {
  readonly owner: RedisServer;
  readonly other: RedisServer;
  readonly target: RedisTarget;
  idOf(server: RedisServer): Promise<string>;
  /** The slot is half-way from the owner to the other from now on. */
  beginMove(slot: number): Promise<void>;
  /** The slot stays with its owner. What has moved by then stays moved. */
  giveUpMove(slot: number): Promise<void>;
  /** Moves one key of the slot that is half-way. */
  move(key: string): Promise<void>;
  /** The slot and all its keys are the other's from now on. */
  endMove(slot: number): Promise<void>;
  close(): Promise<void>;
}

/** Longer than any step of a clock in a trial, so that no node takes another for dead. */
const NODE_TIMEOUT_MS = 1_000_000_000;

export interface TwoNodesOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly args?: readonly string[];
  /** The other is the owner's replica. */
  readonly replicated?: boolean;
}

export async function startTwoNodes({
  env = {},
  args = [],
  replicated = false,
}: TwoNodesOptions = {}): Promise<TwoNodes> {
  const all = [
    ...['--cluster-enabled', 'yes', '--cluster-node-timeout', String(NODE_TIMEOUT_MS)],
    ...['--cluster-require-full-coverage', 'no', ...REPLICATING, ...args],
  ];
  const [owner, other] = await Promise.all([startRedis(all, env), startRedis(all, env)]);
  const servers = [owner, other];
  const idOf = async (server: RedisServer) => String(await server.command('CLUSTER', 'MYID'));
  await owner.command('CLUSTER', 'ADDSLOTSRANGE', 0, 16383);
  await other.command('CLUSTER', 'MEET', '127.0.0.1', owner.port);
  await until(async () => (await Promise.all(servers.map(isSettled))).every(Boolean));
  if (replicated) {
    await other.command('CLUSTER', 'REPLICATE', await idOf(owner));
    await inStep(other);
  }
  return {
    owner,
    other,
    target: { cluster: servers.map(({ port }) => ({ host: '127.0.0.1', port })) },
    idOf,
    beginMove: async (slot) => {
      await other.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await idOf(owner));
      await owner.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await idOf(other));
    },
    giveUpMove: async (slot) => {
      for (const server of servers) await server.command('CLUSTER', 'SETSLOT', slot, 'STABLE');
    },
    move: async (key) => {
      await owner.command('MIGRATE', '127.0.0.1', other.port, key, 0, 5000, 'REPLACE');
    },
    endMove: async (slot) => {
      const id = await idOf(other);
      for (const server of [other, owner]) await server.command('CLUSTER', 'SETSLOT', slot, 'NODE', id);
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

async function isSettled(server: RedisServer): Promise<boolean> {
  const state = String(await server.command('CLUSTER', 'INFO'));
  return /cluster_state:ok/.test(state) && /cluster_known_nodes:2/.test(state);
}
