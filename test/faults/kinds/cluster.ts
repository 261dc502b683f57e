import type { RedisServer } from '../../support/redis-server.ts';
import { SHARD_SLOTS } from '../support/cluster.ts';
import type { SeededRandom } from '../support/random.ts';
import { caughtUp, cutOff, info, letGo, until } from '../support/replication.ts';
import { pause } from '../support/workload.ts';
import type { ClusterServers } from './cluster-servers.ts';
import type { NamedFault } from './fault.ts';
import type { FaultyServer } from './server.ts';

const LAG_MS = 100;
const PATIENCE_MS = 4000;
const HANDOVER_MS = 2000;

/** Faults that move a shard's slot. Each list is for one strike. */
export function slotFaults(cluster: ClusterServers): readonly NamedFault[] {
  const { topology } = cluster;
  let slot = 0;
  let source: RedisServer | undefined;
  let target: RedisServer | undefined;
  const ends = (): { source: RedisServer; target: RedisServer } => {
    if (!source || !target) throw new Error('no slot is half-way');
    return { source, target };
  };

  async function beginMove(from: RedisServer, to: RedisServer): Promise<void> {
    await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await topology.idOf(from));
    await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await topology.idOf(to));
    await pause(30);
  }

  async function endMove(from: RedisServer, to: RedisServer): Promise<void> {
    for (const key of await keysIn(from, slot)) await migrate(from, to, key);
    const id = await topology.idOf(to);
    await to.command('CLUSTER', 'SETSLOT', slot, 'NODE', id);
    for (const { redis } of cluster.servers) {
      await redis.command('CLUSTER', 'SETSLOT', slot, 'NODE', id).catch(() => {});
    }
  }

  async function moveHalf(random: SeededRandom): Promise<void> {
    slot = random.pick(SHARD_SLOTS);
    source = await topology.ownerOf(slot);
    const owner = source;
    const others = (await topology.masters()).filter((server) => server !== owner);
    target = random.pick(others);
    await beginMove(owner, target);
    for (const key of await keysIn(owner, slot)) {
      if (random.next() < 0.5) await migrate(owner, target, key);
    }
  }

  return [
    {
      name: 'slot-half-way-and-back',
      begin: moveHalf,
      end: async () => {
        const { source, target } = ends();
        await source.command('CLUSTER', 'SETSLOT', slot, 'STABLE');
        for (const key of await keysIn(target, slot)) await migrate(target, source, key);
        await target.command('CLUSTER', 'SETSLOT', slot, 'STABLE');
      },
    },
    {
      name: 'slot-moved',
      begin: moveHalf,
      end: () => endMove(ends().source, ends().target),
    },
    {
      name: 'slot-moved-and-back',
      begin: async (random) => {
        await moveHalf(random);
        await endMove(ends().source, ends().target);
      },
      end: async () => {
        await beginMove(ends().target, ends().source);
        await endMove(ends().target, ends().source);
      },
    },
  ];
}

/** Faults by which a replica takes its master's place. Each list is for one strike. */
export function failoverFaults(cluster: ClusterServers): readonly NamedFault[] {
  const { topology } = cluster;
  let master: FaultyServer | undefined;
  let replica: FaultyServer | undefined;
  const pair = (): { master: FaultyServer; replica: FaultyServer } => {
    if (!master || !replica) throw new Error('no master was taken');
    return { master, replica };
  };

  async function take(random: SeededRandom): Promise<void> {
    await cluster.look();
    master = cluster.victims.master(random);
    replica = cluster.serverOf(await topology.replicaOf(master.redis));
  }

  async function takeOver(): Promise<void> {
    const { redis } = pair().replica;
    await redis.command('CLUSTER', 'FAILOVER', 'TAKEOVER');
    await until(async () => /role:master/.test(await info(redis)), PATIENCE_MS);
    await letGo(redis);
    await cluster.look();
  }

  async function lag(): Promise<void> {
    await cutOff(pair().replica.redis, pair().master.redis);
    await pause(LAG_MS);
  }

  const becomesReplica = ({ redis }: FaultyServer) =>
    until(async () => /role:slave.*master_link_status:up/s.test(await info(redis)), PATIENCE_MS);

  return [
    {
      name: 'cluster-failover',
      begin: async (random) => {
        await take(random);
        // As CLUSTER FAILOVER does it, but for the election: of that, a node may hold one in four node time-outs.
        await pair().master.redis.command('CLIENT', 'PAUSE', HANDOVER_MS, 'WRITE');
        await caughtUp(pair().replica.redis, pair().master.redis);
        await takeOver();
        await becomesReplica(pair().master);
        await pair().master.redis.command('CLIENT', 'UNPAUSE');
      },
    },
    {
      name: 'takeover',
      begin: async (random) => {
        await take(random);
        await lag();
        await takeOver();
      },
      end: () => becomesReplica(pair().master),
      twoMemories: true,
    },
    {
      name: 'takeover-master-dead',
      begin: async (random) => {
        await take(random);
        await lag();
        await pair().master.kill();
        await takeOver();
      },
      end: async () => {
        await pair().master.restart();
        await becomesReplica(pair().master);
      },
      twoMemories: true,
    },
    {
      name: 'takeover-master-stopped',
      begin: async (random) => {
        await take(random);
        await lag();
        pair().master.stop();
        await takeOver();
      },
      end: async () => {
        pair().master.resume();
        await becomesReplica(pair().master);
      },
      twoMemories: true,
    },
    {
      name: 'replica-killed',
      begin: async (random) => {
        await take(random);
        await pair().replica.kill();
      },
      end: async () => {
        await pair().replica.restart();
        await becomesReplica(pair().replica);
      },
    },
  ];
}

async function keysIn(server: RedisServer, slot: number): Promise<readonly string[]> {
  const keys = await server.command('CLUSTER', 'GETKEYSINSLOT', slot, 1000);
  return Array.isArray(keys) ? keys.map(String).sort() : [];
}

async function migrate(source: RedisServer, target: RedisServer, key: string): Promise<void> {
  await source.command('MIGRATE', '127.0.0.1', target.port, key, 0, 2000, 'REPLACE');
}
