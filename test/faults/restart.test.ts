import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { IS_ALL } from './support/thorough.ts';
import { withstand } from './support/trial.ts';

const INSTANCES = 4;

describe('a ledger whose Redis restarts', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(afterEach);

  async function start(...args: string[]): Promise<RedisServer> {
    const redis = await startRedis(args);
    onClose(redis.close);
    return redis;
  }

  const seats = (redis: RedisServer) =>
    Array.from({ length: INSTANCES }, () => ({ redis: { url: redis.url } }));

  async function crash(redis: RedisServer, whileDown = async () => {}): Promise<void> {
    redis.process().kill('SIGKILL');
    await redis.process().exited();
    await whileDown();
    await redis.restart();
  }

  it('without persistence, after kill -9', async () => {
    const redis = await start();
    await withstand({
      name: 'kill -9, no persistence',
      seats: seats(redis),
      strike: () => crash(redis),
      epoch: 'lost',
      naive: 'replays',
    });
  });

  it('with an RDB file that is older than the burns', async () => {
    const redis = await start();
    await withstand({
      name: 'kill -9, RDB older than the burns',
      seats: seats(redis),
      prepare: () => redis.save(),
      strike: () => crash(redis),
      epoch: 'lost',
      naive: 'replays',
    });
  });

  it('with an AOF that is written every second, when the power fails before the burns reach the disk', async () => {
    const redis = await start('--appendonly', 'yes', '--appendfsync', 'everysec');
    let onDisk = 0;
    await withstand({
      name: 'power loss, AOF everysec',
      seats: seats(redis),
      prepare: async () => {
        onDisk = (await stat(await newestAof(redis))).size;
      },
      strike: () => crash(redis, async () => truncate(await newestAof(redis), onDisk)),
      epoch: 'lost',
      naive: 'replays',
    });
  });

  it('properly, with everything saved', async () => {
    const redis = await start();
    await withstand({
      name: 'SHUTDOWN SAVE',
      seats: seats(redis),
      strike: async () => {
        await redis.command('SHUTDOWN', 'SAVE').catch(() => {});
        await redis.restart();
      },
      epoch: 'lost',
      naive: 'holds',
    });
  });

  if (!IS_ALL) return;

  it('with an AOF that is written every second, after kill -9', async () => {
    const redis = await start('--appendonly', 'yes', '--appendfsync', 'everysec');
    await withstand({
      name: 'kill -9, AOF everysec',
      seats: seats(redis),
      strike: () => crash(redis),
      epoch: 'lost',
      naive: 'either',
    });
  });

  it('with an AOF that is always written, after kill -9', async () => {
    const redis = await start('--appendonly', 'yes', '--appendfsync', 'always');
    await withstand({
      name: 'kill -9, AOF always',
      seats: seats(redis),
      strike: () => crash(redis),
      epoch: 'lost',
      naive: 'holds',
    });
  });
});

async function newestAof(redis: RedisServer): Promise<string> {
  const folder = join(redis.folder, 'appendonlydir');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.incr.aof'));
  return join(folder, files.sort().at(-1) ?? '');
}
