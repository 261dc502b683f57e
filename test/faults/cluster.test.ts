import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import type { RedisServer } from '../support/redis-server.ts';
import { type ClusterTopology, SHARD_SLOTS as SLOTS, startCluster } from './support/cluster.ts';
import { holdBack, info, letGo, until } from './support/replication.ts';
import { someOf } from './support/thorough.ts';
import { type Epoch, type Fault, withstand } from './support/trial.ts';
import { pause } from './support/workload.ts';

describe('a ledger in a Redis Cluster', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let cluster: ClusterTopology;

  before(async () => {
    cluster = await startCluster();
    onClose(cluster.close);
  });

  function suffer(fault: Omit<Fault, 'seats'>): Promise<void> {
    const target = { cluster: cluster.servers.map(({ port }) => ({ host: '127.0.0.1', port })) };
    return withstand({ ...fault, seats: Array.from({ length: 3 }, () => ({ redis: target })) });
  }

  it('whose slots move, through every half-way state and in any order of keys', () =>
    suffer({
      name: 'Cluster: slots migrated key by key',
      strike: async () => {
        await moveSlot(SLOTS[0] ?? 0, (keys) => keys.sort((a, b) => Number(isMeta(b)) - Number(isMeta(a))));
        await moveSlot(SLOTS[1] ?? 0, (keys) => keys.sort((a, b) => Number(isMeta(a)) - Number(isMeta(b))));
        await moveSlot(SLOTS[2] ?? 0, (keys) => keys.sort());
      },
      epoch: (shard) => (shard === 3 ? 'kept' : 'lost'),
      naive: 'holds',
    }));

  it('whose slot moves half-way and back', () =>
    suffer({
      name: 'Cluster: slot migrated half-way and back',
      strike: async () => {
        const slot = SLOTS[3] ?? 0;
        const { source, target } = await beginMove(slot);
        const keys = await keysIn(source, slot);
        for (const key of keys.slice(0, keys.length / 2)) await migrate(source, target, key);
        await pause(150);
        await source.command('CLUSTER', 'SETSLOT', slot, 'STABLE');
        for (const key of await keysIn(target, slot)) await migrate(target, source, key);
        await target.command('CLUSTER', 'SETSLOT', slot, 'STABLE');
      },
      epoch: (shard) => (shard === 3 ? 'either' : 'kept'),
      naive: 'holds',
    }));

  it('that fails over in order, and nothing is lost', async () => {
    const [master, isOnIt] = await ownedWith(0);
    await suffer({
      name: 'Cluster: CLUSTER FAILOVER, nothing lost',
      strike: async () => {
        const replica = await cluster.replicaOf(master);
        await replica.command('CLUSTER', 'FAILOVER');
        await until(async () => /role:slave/.test(await info(master)));
      },
      epoch: lostOn(isOnIt),
      naive: 'holds',
    });
  });

  interface Blow extends Pick<Fault, 'name' | 'twoMemories'> {
    readonly title: string;
    readonly shard: number;
    readonly end: NodeJS.Signals;
    readonly goOn: (master: RedisServer) => Promise<void>;
  }
  const blows: readonly Blow[] = [
    {
      title: 'that loses a master whose replica lags',
      name: 'Cluster: master killed, replica lags',
      shard: 1,
      end: 'SIGKILL',
      goOn: (master) => master.restart(),
    },
    {
      title: 'with a master that is stopped, is replaced by its lagging replica, and goes on',
      name: 'Cluster: master stopped and resumed, replica lags',
      shard: 3,
      end: 'SIGSTOP',
      goOn: async (master) => master.process().kill('SIGCONT'),
      twoMemories: 'meanwhile',
    },
  ];
  for (const { title, shard, end, goOn, ...fault } of someOf(blows, 1)) {
    it(title, async () => {
      const [master, isOnIt] = await ownedWith(shard);
      await suffer({
        ...fault,
        prepare: async () => holdBack(await cluster.replicaOf(master), master),
        strike: async () => {
          const replica = await cluster.replicaOf(master);
          master.process().kill(end);
          await until(async () => /role:master/.test(await info(replica)));
          await letGo(replica);
          await goOn(master);
          await until(async () => /role:slave/.test(await info(master)));
        },
        epoch: lostOn(isOnIt),
        naive: 'replays',
      });
    });
  }

  const lostOn =
    (isOnIt: readonly boolean[]) =>
    (shard: number): Epoch =>
      isOnIt[shard] ? 'lost' : 'kept';

  /** The master of a shard, and which shards are on it. */
  async function ownedWith(shard: number): Promise<[RedisServer, readonly boolean[]]> {
    const owners = await Promise.all(SLOTS.map((slot) => cluster.ownerOf(slot)));
    const owner = owners[shard];
    if (!owner) throw new Error('no such shard');
    return [owner, owners.map((each) => each === owner)];
  }

  async function beginMove(slot: number): Promise<{ source: RedisServer; target: RedisServer }> {
    const source = await cluster.ownerOf(slot);
    const masters = await cluster.masters();
    const target = masters[(masters.indexOf(source) + 1) % masters.length];
    if (!target) throw new Error('no other master');
    await target.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await cluster.idOf(source));
    await pause(50);
    await source.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await cluster.idOf(target));
    await pause(100);
    return { source, target };
  }

  async function moveSlot(slot: number, inOrder: (keys: string[]) => string[]): Promise<void> {
    const { source, target } = await beginMove(slot);
    const keys = inOrder(await keysIn(source, slot));
    expect(keys.filter(isMeta)).to.have.length(1);
    for (const key of keys) {
      await migrate(source, target, key);
      await pause(30);
    }
    for (const key of await keysIn(source, slot)) await migrate(source, target, key);
    const id = await cluster.idOf(target);
    await target.command('CLUSTER', 'SETSLOT', slot, 'NODE', id);
    await pause(50);
    for (const master of await cluster.masters())
      await master.command('CLUSTER', 'SETSLOT', slot, 'NODE', id);
  }
});

const isMeta = (key: string) => key.endsWith('}:m');

async function keysIn(server: RedisServer, slot: number): Promise<string[]> {
  const keys = await server.command('CLUSTER', 'GETKEYSINSLOT', slot, 1000);
  return Array.isArray(keys) ? keys.map(String) : [];
}

async function migrate(source: RedisServer, target: RedisServer, key: string): Promise<void> {
  await source.command('MIGRATE', '127.0.0.1', target.port, key, 0, 5000, 'REPLACE');
}
