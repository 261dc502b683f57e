import type { ShardsOptions } from '../redis/ask.ts';
import { describeTarget } from '../redis/target.ts';
import type { CommandSurroundings } from './surroundings.ts';
import { UsageError } from './usage.ts';

/** Does something with the configured Redis, and closes the connection. Throws a UsageError if none is configured. */
export async function withRedis<T>(
  config: string | undefined,
  { loadSettings, openRedis }: CommandSurroundings,
  act: (redis: ShardsOptions, where: string) => Promise<T>,
): Promise<T> {
  const settings = loadSettings(config);
  const options = openRedis(settings);
  const { redis } = settings.ledger;
  if (!options || !redis)
    throw new UsageError('No Redis is configured (ledger.redis, REDIS_URL): the ledger is in memory.');
  try {
    return await act(options, describeTarget(redis));
  } finally {
    await options.connection.close();
  }
}
