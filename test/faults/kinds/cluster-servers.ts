import type { RedisServer } from '../../support/redis-server.ts';
import { type ClusterTopology, SHARD_SLOTS, startCluster } from '../support/cluster.ts';
import { info, until } from '../support/replication.ts';
import type { Victims } from './fault.ts';
import { type FaultyServer, startFaultyServer } from './server.ts';

/** Longer than any step of a clock, so that no node takes another for dead because of one. */
const NODE_TIMEOUT_MS = 1_000_000_000;
const PATIENCE_MS = 6000;

/** A Cluster of three masters and three replicas that can be made to suffer. */
export class ClusterServers {
  readonly topology: ClusterTopology;
  readonly servers: readonly FaultyServer[];
  #masters: readonly FaultyServer[];

  static async start(seconds = 0): Promise<ClusterServers> {
    const servers: FaultyServer[] = [];
    const topology = await startCluster({
      start: async (args) => {
        const server = await startFaultyServer(args, seconds);
        servers.push(server);
        return server.redis;
      },
      nodeTimeoutMs: NODE_TIMEOUT_MS,
    });
    const started = new ClusterServers(topology, servers);
    await started.look();
    return started;
  }

  private constructor(topology: ClusterTopology, servers: readonly FaultyServer[]) {
    this.topology = topology;
    this.servers = servers;
    this.#masters = servers;
  }

  /** Those that were masters at the last look, and run. */
  readonly victims: Victims<FaultyServer> = {
    master: (random) => random.pick(this.#masters),
    all: () => this.servers,
  };

  async look(): Promise<void> {
    const masters = await this.topology.masters();
    this.#masters = this.servers.filter(({ redis }) => masters.includes(redis));
  }

  serverOf(redis: RedisServer): FaultyServer {
    const server = this.servers.find((each) => each.redis === redis);
    if (!server) throw new Error('the cluster has no such server');
    return server;
  }

  /** All run, with room, no slot is half-way, and every master has its replica. */
  async heal(): Promise<void> {
    for (const server of this.servers) {
      server.resume();
      await server.restart();
      await server.redis.command('CONFIG', 'SET', 'maxmemory', 0, 'appendonly', 'no', 'masteruser', '');
      for (const slot of SHARD_SLOTS)
        await server.redis.command('CLUSTER', 'SETSLOT', slot, 'STABLE').catch(() => {});
    }
    try {
      await until(() => this.#isWhole(), PATIENCE_MS);
    } catch {
      await this.#restartUnwell();
      await until(() => this.#isWhole(), PATIENCE_MS);
    }
    await this.look();
  }

  /** One that started while its clock was ahead lets nobody write until the clock is there again. */
  async #restartUnwell(): Promise<void> {
    for (const server of this.servers) {
      if (await isWell(server)) continue;
      await server.kill();
      await server.restart();
    }
  }

  /** The servers and their disks are empty, and the clocks as many seconds ahead. */
  async renew(seconds: number): Promise<void> {
    for (const server of this.servers) server.setClock(seconds);
    await this.heal();
    for (const { redis } of this.#masters) await redis.command('FLUSHALL');
    for (const server of this.servers) await server.forgetFiles();
  }

  async close(): Promise<void> {
    for (const server of this.servers) await server.close();
  }

  async #isWhole(): Promise<boolean> {
    return (await Promise.all(this.servers.map(isWell))).every(Boolean);
  }
}

async function isWell({ redis }: FaultyServer): Promise<boolean> {
  const state = String(await redis.command('CLUSTER', 'INFO'));
  return (
    /cluster_state:ok/.test(state) &&
    /cluster_slots_ok:16384/.test(state) &&
    /role:master.*connected_slaves:1|role:slave.*master_link_status:up/s.test(await info(redis))
  );
}
