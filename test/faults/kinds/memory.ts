import type { SeededRandom } from '../support/random.ts';
import { pause } from '../support/workload.ts';
import type { NamedFault, Victims } from './fault.ts';
import type { FaultyServer } from './server.ts';

const STRUCK_KEYS = 5;
const OURS = 'test:*';
const NAIVE = 'naive:*';
const POLICIES = ['allkeys-random', 'allkeys-lru', 'allkeys-lfu', 'volatile-ttl', 'volatile-random'];
/** Less than a server takes that holds nothing. */
const TOO_LITTLE_BYTES = 700_000;

/** Faults by which a running server forgets. Each list is for one strike. */
export function memoryFaults(victims: Victims<FaultyServer>): readonly NamedFault[] {
  let victim: FaultyServer | undefined;
  const command = async (name: string, ...args: (string | number)[]): Promise<unknown> => {
    if (!victim) throw new Error('no server was taken');
    return victim.redis.command(name, ...args);
  };
  const on =
    (strike: (random: SeededRandom) => Promise<unknown>) =>
    async (random: SeededRandom): Promise<unknown> => {
      victim = victims.master(random);
      return strike(random);
    };
  const keys = async (pattern: string): Promise<readonly string[]> =>
    ((await command('KEYS', pattern)) as string[]).sort();

  /** A few keys of each ledger. */
  const strikeKeys = (hit: (key: string, random: SeededRandom) => Promise<unknown>) =>
    on(async (random) => {
      for (const pattern of [OURS, NAIVE]) {
        const there = await keys(pattern);
        for (let left = random.whole(1, STRUCK_KEYS); left > 0 && there.length > 0; left--) {
          await hit(random.pick(there), random);
        }
      }
    });

  async function deleteField(key: string, random: SeededRandom): Promise<unknown> {
    if ((await command('TYPE', key)) !== 'hash') return command('DEL', key);
    const fields = ((await command('HKEYS', key)) as string[]).sort();
    return fields.length > 0 && command('HDEL', key, random.pick(fields));
  }

  /** A server that refuses, as it knows no fields that expire or has its memory full, has the field deleted. */
  async function expireField(key: string, random: SeededRandom): Promise<unknown> {
    if ((await command('TYPE', key)) !== 'hash') return command('DEL', key);
    const field = random.pick(((await command('HKEYS', key)) as string[]).sort());
    const milliseconds = random.whole(1, 200);
    return command('HPEXPIRE', key, milliseconds, 'FIELDS', 1, field).catch(() =>
      command('HDEL', key, field),
    );
  }

  /** Fits into the same slot. */
  const away = (key: string) => `${key}:away`;
  const moved: string[] = [];

  async function moveAway(key: string): Promise<void> {
    if (!key.startsWith('test:')) return void (await command('DEL', key));
    await command('RENAME', key, away(key)).catch(ifGone);
    moved.push(key);
  }

  /** Over another of the same shard, where there is one. */
  async function moveOver(key: string, random: SeededRandom): Promise<void> {
    if (!key.startsWith('test:')) return void (await command('DEL', key));
    const prefix = key.slice(0, key.indexOf('}') + 1);
    const others = (await keys(OURS)).filter((other) => other !== key && other.startsWith(prefix));
    await command('RENAME', key, others.length > 0 ? random.pick(others) : away(key)).catch(ifGone);
  }

  async function limit(policy: string): Promise<void> {
    await command('CONFIG', 'SET', 'maxmemory-policy', policy);
    await command('CONFIG', 'SET', 'maxmemory', TOO_LITTLE_BYTES);
  }

  return [
    { name: 'flushall', begin: on(() => command('FLUSHALL')) },
    { name: 'hdel', begin: strikeKeys(deleteField) },
    { name: 'del', begin: strikeKeys((key) => command('DEL', key)) },
    { name: 'expire', begin: strikeKeys((key, random) => command('PEXPIRE', key, random.whole(1, 200))) },
    { name: 'expire-field', begin: strikeKeys(expireField) },
    { name: 'rename-over-another', begin: strikeKeys(moveOver) },
    {
      name: 'rename-and-back',
      begin: strikeKeys(moveAway),
      end: async () => {
        for (const key of moved.splice(0)) await command('RENAME', away(key), key).catch(ifGone);
      },
      twoMemories: true,
    },
    {
      name: 'eviction',
      begin: on(async (random) => {
        await limit(random.pick(POLICIES));
        await pause(random.whole(20, 200));
      }),
      end: () => command('CONFIG', 'SET', 'maxmemory', 0),
    },
    {
      name: 'memory-full',
      begin: on(async () => {
        await limit('noeviction');
        await pause(100);
      }),
      end: () => command('CONFIG', 'SET', 'maxmemory', 0),
    },
  ];
}

/** A server that is no part of a Cluster has other databases. Each list is for one strike. */
export function databaseFaults(victims: Victims<FaultyServer>): readonly NamedFault[] {
  let victim: FaultyServer | undefined;
  let database = 0;
  const command = async (name: string, ...args: (string | number)[]): Promise<unknown> => {
    if (!victim) throw new Error('no server was taken');
    return victim.redis.command(name, ...args);
  };
  return [
    {
      name: 'swapdb-empty-and-back',
      begin: async (random) => {
        victim = victims.master(random);
        database = random.whole(2, 7);
        await command('SWAPDB', 0, database);
      },
      end: () => command('SWAPDB', 0, database),
      twoMemories: true,
    },
    {
      name: 'swapdb-older-copy',
      begin: async (random) => {
        victim = victims.master(random);
        database = random.whole(8, 15);
        for (const key of (await command('KEYS', '*')) as string[]) {
          await command('COPY', key, key, 'DB', database, 'REPLACE');
        }
      },
      end: () => command('SWAPDB', 0, database),
      twoMemories: true,
      putsBackOlder: true,
    },
  ];
}

function ifGone(error: unknown): void {
  if (!(error instanceof Error && /no such key/.test(error.message))) throw error;
}
