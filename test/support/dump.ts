import type { RedisServer } from './redis-server.ts';

/** Every key of the server with everything in it. */
export async function dumpOf(redis: RedisServer): Promise<string> {
  const lines: string[] = [];
  let cursor = '0';
  do {
    const [next, keys] = (await redis.command('SCAN', cursor, 'COUNT', 1000)) as [string, string[]];
    for (const key of keys) lines.push(`${key} ${await contentsOf(redis, key)}`);
    cursor = next;
  } while (cursor !== '0');
  return lines.join('\n');
}

async function contentsOf(redis: RedisServer, key: string): Promise<string> {
  const type = await redis.command('TYPE', key);
  if (type === 'hash') return ((await redis.command('HGETALL', key)) as string[]).join(' ');
  if (type === 'stream') return JSON.stringify(await redis.command('XRANGE', key, '-', '+'));
  // It ended meanwhile.
  if (type === 'none') return '';
  if (type === 'string') return String(await redis.command('GET', key));
  throw new Error(`${key} is a ${type}, which this dump does not read`);
}
