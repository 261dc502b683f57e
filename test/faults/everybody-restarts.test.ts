import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { attach, holdBack, promote, REPLICATING } from './support/replication.ts';
import { startSwitchboard } from './support/switchboard.ts';
import { IS_ALL, someOf } from './support/thorough.ts';
import { type Fault, withstand } from './support/trial.ts';

/** Nobody is left who could tell an epoch that went back by its count of changes. */
describe('a ledger whose instances all restart together with Redis', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(afterEach);

  async function start(): Promise<RedisServer> {
    const redis = await startRedis(REPLICATING);
    onClose(redis.close);
    return redis;
  }

  async function kill(redis: RedisServer): Promise<void> {
    redis.process().kill('SIGKILL');
    await redis.process().exited();
  }

  const suffer = ({ url }: { url: string }, fault: Pick<Fault, 'name' | 'prepare' | 'strike'>) =>
    withstand({
      ...fault,
      seats: Array.from({ length: 4 }, () => ({ redis: { url } })),
      instancesRestart: true,
      epoch: 'lost',
      naive: 'replays',
    });

  const ways: Readonly<Record<string, () => Promise<void>>> = {
    'with an RDB file that is older than the burns': async () => {
      const redis = await start();
      await suffer(redis, {
        name: 'all instances and Redis killed, RDB older than the burns',
        prepare: () => redis.save(),
        strike: async () => {
          await kill(redis);
          await redis.restart();
        },
      });
    },
    'and a lagging replica takes the place of the dead master': async () => {
      const [master, replica] = await Promise.all([start(), start()]);
      await attach(replica, master);
      const address = await startSwitchboard(master.port);
      onClose(address.close);
      await suffer(address, {
        name: 'all instances and the master killed, lagging replica promoted',
        prepare: () => holdBack(replica, master),
        strike: async () => {
          await kill(master);
          await promote(replica);
          address.leadTo(replica.port);
        },
      });
    },
  };
  for (const [title, way] of someOf(Object.entries(ways), 1)) it(title, way);

  if (!IS_ALL) return;

  it('and a backup from before the burns is put back', async () => {
    const redis = await start();
    const file = join(redis.folder, 'dump.rdb');
    const backup = join(redis.folder, 'backup.rdb');
    await suffer(redis, {
      name: 'all instances stopped, SHUTDOWN SAVE, older backup put back',
      prepare: async () => {
        await redis.save();
        await copyFile(file, backup);
      },
      strike: async () => {
        await redis.command('SHUTDOWN', 'SAVE').catch(() => {});
        await redis.process().exited();
        await copyFile(backup, file);
        await redis.restart();
      },
    });
  });
});
