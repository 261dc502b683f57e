import type { ShardsOptions } from '../redis/ask.ts';
import type { CommandSurroundings } from './surroundings.ts';
import { UsageError } from './usage.ts';

/** Does something with the configured Redis, and closes the connection. Throws a UsageError if none is configured. */
export async function withRedis<T>(
  config: string | undefined,
  { loadSettings, openRedis }: CommandSurroundings,
  act: (redis: ShardsOptions, where: string) => Promise<T>,
): Promise<T> {
  const settings = await loadSettings(config);
  const options = await openRedis(settings);
  const { redis } = settings.ledger;
  if (!options || !redis)
    throw new UsageError(
      `${settings.source} names no Redis (ledger.redis, REDIS_URL): the ledger is in memory.`,
    );
  const { describeTarget } = await import('../redis/target.ts');
  try {
    return await act(options, describeTarget(redis));
  } finally {
    await options.connection.close();
  }
}
