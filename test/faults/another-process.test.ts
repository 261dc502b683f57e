import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { oneShard } from './support/one-shard.ts';
import { attach, caughtUp, info, until } from './support/replication.ts';
import { startSwitchboard } from './support/switchboard.ts';

/** Outside of a Cluster, the usual burn knows another process by its replication id alone. */
describe('a master that is another process than the one of the burn, with the data of that one', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(afterEach);

  const ALWAYS = ['--appendonly', 'yes', '--appendfsync', 'always'];
  const NOBODY = ['--replicaof', '127.0.0.1', '1'];

  async function start(...args: string[]): Promise<RedisServer> {
    const redis = await startRedis(args);
    onClose(redis.close);
    return redis;
  }

  async function kill(redis: RedisServer): Promise<void> {
    redis.process().kill('SIGKILL');
    await redis.process().exited();
  }

  /** Promotes a server that follows a master that is gone, as soon as it has loaded its file. Resolves to what it was. */
  async function promote(redis: RedisServer): Promise<string> {
    const before = await info(redis);
    await until(async () => (await redis.command('REPLICAOF', 'NO', 'ONE').catch(String)) === 'OK');
    return replidIn(before);
  }

  /** Each tells which server is the master afterwards, and under which replication id it began, if it began as a replica. */
  const WAYS: Readonly<
    Record<string, (master: RedisServer, replica: RedisServer) => Promise<readonly [RedisServer, string?]>>
  > = {
    'restarted from its RDB file': async (master) => {
      await master.command('SHUTDOWN', 'SAVE').catch(() => {});
      await master.restart();
      return [master];
    },
    'restarted from its AOF': async (master) => {
      await kill(master);
      await master.restart();
      return [master];
    },
    'restarted from its RDB file as a replica, and promoted': async (master) => {
      await master.command('CONFIG', 'SET', 'appendonly', 'no');
      await master.save();
      await kill(master);
      await master.restart(['--appendonly', 'no', ...NOBODY]);
      return [master, await promote(master)];
    },
    'restarted from its AOF as a replica, and promoted': async (master) => {
      await kill(master);
      await master.restart(NOBODY);
      return [master, await promote(master)];
    },
    'its replica, restarted from its RDB file, and promoted': async (master, replica) => {
      await replica.command('CONFIG', 'SET', 'appendonly', 'no');
      await replica.save();
      await Promise.all([master, replica].map(kill));
      await replica.restart(['--appendonly', 'no', ...NOBODY]);
      return [replica, await promote(replica)];
    },
    'its replica, restarted from its AOF, and promoted': async (master, replica) => {
      await Promise.all([master, replica].map(kill));
      await replica.restart(NOBODY);
      return [replica, await promote(replica)];
    },
    'its replica, promoted': async (_master, replica) => {
      const before = replidIn(await info(replica));
      await replica.command('REPLICAOF', 'NO', 'ONE');
      return [replica, before];
    },
    'that one again, after it had followed its replica': async (master, replica) => {
      await replica.command('REPLICAOF', 'NO', 'ONE');
      await attach(master, replica);
      const before = replidIn(await info(master));
      await master.command('REPLICAOF', 'NO', 'ONE');
      return [master, before];
    },
  };

  for (const [name, becomeMaster] of Object.entries(WAYS)) {
    it(`${name}: has another replication id, and burns nothing of that time`, async () => {
      const [master, replica] = [await start(...ALWAYS), await start(...ALWAYS)];
      // A master without a replica writes no replication id into its file.
      await attach(replica, master);
      const address = await startSwitchboard(master.port);
      onClose(address.close);
      const shard = oneShard(address);
      onClose(shard.close);
      const [burned, other, unused] = [await shard.mint(), await shard.mint(), await shard.mint()];
      for (const token of [burned, other]) expect(await shard.redeem(token)).to.equal('burned');
      await caughtUp(replica, master);
      const earlier = replidIn(await info(master));
      const [now, loaded] = await becomeMaster(master, replica);
      address.leadTo(now.port);
      const replid = replidIn(await info(now));
      expect(replid).to.match(/^[0-9a-f]{40}$/);
      expect([earlier, loaded]).to.not.include(replid);
      if (name.includes('RDB file') && loaded) expect(loaded, 'it came with the file').to.equal(earlier);
      const instance = shard.newcomer();
      for (const token of [burned, unused, other])
        expect(await shard.redeem(token, { instance })).to.equal('void');
      shard.expectSafe();
    });
  }
});

function replidIn(text: string): string {
  return /\nmaster_replid:(\w+)/.exec(text)?.[1] ?? '';
}
