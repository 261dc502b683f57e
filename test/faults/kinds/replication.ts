import { info, until } from '../support/replication.ts';
import { pause } from '../support/workload.ts';
import type { NamedFault } from './fault.ts';
import type { FaultyServer } from './server.ts';
import type { TwoServers } from './two-servers.ts';

const LAG_MS = 100;

/** Faults of two servers, of which one follows the other, and an address that leads to the master. */
export function replicationFaults(servers: TwoServers): readonly NamedFault[] {
  /** The one that was taken when it struck. */
  let taken: FaultyServer | undefined;
  /** Gets nothing more from its master, which goes on, and then takes its place. */
  const promoteLagging = async (): Promise<void> => {
    await servers.cutOff();
    await pause(LAG_MS);
    await servers.promoteOther();
  };
  const follow = () => servers.letOtherFollow();
  return [
    {
      name: 'replica-promoted-master-dead',
      begin: async () => {
        taken = servers.master;
        await servers.cutOff();
        await pause(LAG_MS);
        await taken.kill();
        await servers.promoteOther();
      },
      end: async () => {
        await taken?.restart();
        await follow();
      },
      twoMemories: true,
    },
    {
      name: 'failover',
      begin: async () => {
        await servers.follows();
        await servers.master.redis.command('FAILOVER', 'TIMEOUT', 1000);
        await until(async () => /role:master/.test(await info(servers.other.redis)), 2000);
        servers.leadToOther();
      },
    },
    { name: 'split', begin: promoteLagging, end: follow, twoMemories: true },
    {
      name: 'a-b-a',
      begin: () => {
        taken = servers.master;
        return promoteLagging();
      },
      end: async () => {
        if (servers.master !== taken) servers.leadToOther();
        await follow();
      },
      twoMemories: true,
    },
    {
      name: 'a-b-a-after-following',
      begin: promoteLagging,
      end: async () => {
        await follow();
        await promoteLagging();
        await follow();
      },
      twoMemories: true,
    },
    {
      name: 'replica-detached-and-attached',
      begin: () => servers.other.redis.command('REPLICAOF', 'NO', 'ONE'),
      end: follow,
      twoMemories: true,
    },
    {
      name: 'replica-promoted-master-stopped',
      begin: async () => {
        taken = servers.master;
        await servers.cutOff();
        await pause(LAG_MS);
        taken.stop();
        await servers.promoteOther();
      },
      end: async () => {
        taken?.resume();
        await pause(LAG_MS);
        await follow();
      },
      twoMemories: true,
    },
    {
      name: 'replica-killed',
      begin: () => {
        taken = servers.other;
        return taken.kill();
      },
      end: async () => {
        await taken?.restart();
        await pause(LAG_MS);
        await follow();
      },
      twoMemories: true,
    },
  ];
}
