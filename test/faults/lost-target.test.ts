import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { ClusterServers } from './kinds/cluster-servers.ts';
import { SHARD_SLOTS } from './support/cluster.ts';
import { openInstance } from './support/instances.ts';
import { pause, Workload } from './support/workload.ts';

const TIMEOUT_MS = 500;

describe('a ledger in a Cluster whose slot moves to a node that is lost', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);

  for (const how of ['killed', 'stopped'] as const) {
    it(`because it is ${how}: gives no answer, and the process goes on`, async () => {
      const cluster = await ClusterServers.start();
      onClose(() => cluster.close());
      const { topology } = cluster;
      const nodes = cluster.servers.map(({ redis }) => ({ host: '127.0.0.1', port: redis.port }));
      const instance = openInstance('instance', { cluster: nodes }, { timeoutMs: TIMEOUT_MS });
      onClose(() => instance.ledger.close());
      const workload = new Workload([instance]);
      await workload.mintMany(1, { subject: 'subject-0' });

      const slot = SHARD_SLOTS[2] ?? 0;
      const source = await topology.ownerOf(slot);
      const target = (await topology.masters()).find((master) => master !== source);
      if (!target) throw new Error('no other master');
      await target.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await topology.idOf(source));
      await source.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await topology.idOf(target));
      const keys = await source.command('CLUSTER', 'GETKEYSINSLOT', slot, 100);
      for (const key of Array.isArray(keys) ? keys.map(String) : []) {
        await source.command('MIGRATE', '127.0.0.1', target.port, key, 0, 5000);
      }
      const lost = cluster.serverOf(target);
      if (how === 'killed') await lost.kill();
      else lost.stop();

      const unhandled: unknown[] = [];
      const note = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', note);
      onClose(() => process.off('unhandledRejection', note));
      expect(await workload.mint(instance, { subject: 'subject-0' })).to.equal(undefined);
      // Until every command that was sent on the way has been given up.
      await pause(4 * TIMEOUT_MS);
      expect(unhandled).to.deep.equal([]);
      if (how === 'stopped') lost.resume();
    });
  }
});
