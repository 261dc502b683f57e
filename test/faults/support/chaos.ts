import { type CuttingProxy, startCuttingProxy } from '../../support/cutting-proxy.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import { type FakeClock, startFakeClock } from './fake-clock.ts';
import type { SeededRandom } from './random.ts';
import { attach, cutOff, info, promote, REPLICATING } from './replication.ts';
import { type Switchboard, startSwitchboard } from './switchboard.ts';
import { pause } from './workload.ts';

/** Two servers, one address that leads to the master, and a proxy before it that loses replies. */
export interface ChaosTopology {
  readonly urls: { readonly lossy: string; readonly address: string; readonly servers: readonly string[] };
  /** Strikes once, with a fault that the random numbers pick, and tells with which. */
  strike(random: SeededRandom): Promise<string>;
  /** Both servers run, on right clocks, with room, and replies arrive. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

interface Server {
  readonly redis: RedisServer;
  readonly clock: FakeClock;
}

const MINUTE = 60;
const STEPS = [-120 * MINUTE, -15 * MINUTE, -MINUTE, MINUTE, 15 * MINUTE, 120 * MINUTE];

export async function startChaosTopology(): Promise<ChaosTopology> {
  let [master, other] = await Promise.all([startServer(), startServer()]);
  await attach(other.redis, master.redis);
  const address = await startSwitchboard(master.redis.port);
  const proxy = await startCuttingProxy(address.port);
  const servers = [master, other];

  async function failOver(): Promise<void> {
    if (!/role:slave/.test(await info(other.redis))) await attach(other.redis, master.redis);
    await cutOff(other.redis, master.redis);
    await pause(100);
    await promote(other.redis);
    address.leadTo(other.redis.port);
    [master, other] = [other, master];
    await pause(200);
    await attach(other.redis, master.redis);
  }

  const faults = chaosFaults({ master: () => master, other: () => other, failOver, proxy });

  return {
    urls: {
      lossy: `redis://127.0.0.1:${proxy.port}`,
      address: address.url,
      servers: servers.map(({ redis }) => redis.url),
    },
    strike: async (random) => {
      const name = random.pick(Object.keys(faults));
      try {
        await faults[name]?.(random);
        return name;
      } catch (error) {
        if (!(error instanceof Error && error.name === 'ReplyError')) throw error;
        return `${name} (${error.message})`;
      }
    },
    heal: async () => {
      loseNothing(proxy);
      for (const { clock } of servers) clock.set(0);
      await makeRoom(master.redis);
    },
    close: () => closeAll(address, proxy, servers),
  };
}

interface Chaos {
  readonly master: () => Server;
  readonly other: () => Server;
  /** A lagging replica takes the master's place; the old master serves on for a while, then follows it. */
  readonly failOver: () => Promise<void>;
  readonly proxy: CuttingProxy;
}

function chaosFaults({
  master,
  other,
  failOver,
  proxy,
}: Chaos): Readonly<Record<string, (random: SeededRandom) => Promise<unknown>>> {
  const command = (name: string, ...args: (string | number)[]) => master().redis.command(name, ...args);
  return {
    'lose keys': async (random) => {
      for (const pattern of ['test:*', 'naive:*']) {
        const keys = (await command('KEYS', pattern)) as string[];
        for (let lost = random.whole(1, 5); lost > 0 && keys.length > 0; lost--) {
          await loseKey(random, random.pick(keys));
        }
      }
    },
    flush: () => command('FLUSHALL'),
    save: () => command('SAVE'),
    'kill and restart': () => crash(master().redis),
    'kill and restart the other': () => crash(other().redis),
    'step the clock and back': async (random) => {
      const { clock } = random.pick([master(), other()]);
      clock.set(random.pick(STEPS));
      await pause(random.whole(50, 300));
      clock.set(0);
    },
    'step the clock': async (random) =>
      random.pick([master(), other()]).clock.set(random.pick([0, ...STEPS])),
    stall: async (random) => {
      const { redis } = master();
      redis.process().kill('SIGSTOP');
      await pause(random.whole(50, 900));
      redis.process().kill('SIGCONT');
    },
    'cut replies': async (random) => proxy.cutRepliesAfter(random.whole(0, 300), random.whole(1, 20)),
    'swallow replies': async (random) => {
      proxy.swallowReplies(true);
      await pause(random.whole(50, 400));
      loseNothing(proxy);
    },
    'fail over': failOver,
    'fail over and back': async () => {
      await failOver();
      await failOver();
    },
    'forget scripts': () => command('SCRIPT', 'FLUSH'),
    'kill clients': () => command('CLIENT', 'KILL', 'TYPE', 'normal').catch(() => {}),
    reload: () => command('DEBUG', 'RELOAD'),
    evict: async (random) => {
      const { redis } = master();
      const policy = random.pick([
        'allkeys-random',
        'allkeys-lru',
        'volatile-ttl',
        'volatile-lfu',
        'noeviction',
      ]);
      await redis.command('CONFIG', 'SET', 'maxmemory-policy', policy);
      await redis.command('CONFIG', 'SET', 'maxmemory', 1_000_000);
      await pause(random.whole(20, 200));
      await makeRoom(redis);
    },
  };

  async function loseKey(random: SeededRandom, key: string): Promise<unknown> {
    switch (random.pick(['DEL', 'PEXPIRE', 'RENAME', 'HDEL'])) {
      case 'PEXPIRE':
        return command('PEXPIRE', key, 1);
      case 'RENAME':
        return command('RENAME', key, `away-${key}`).catch(() => {});
      case 'HDEL': {
        if ((await command('TYPE', key)) !== 'hash' || key.endsWith('}:m')) return command('DEL', key);
        const fields = (await command('HKEYS', key)) as string[];
        return fields.length > 0 && command('HDEL', key, random.pick(fields));
      }
      default:
        return command('DEL', key);
    }
  }
}

async function startServer(): Promise<Server> {
  const clock = await startFakeClock();
  const redis = await startRedis(['--enable-debug-command', 'yes', ...REPLICATING], clock.env);
  return { redis, clock };
}

async function crash(redis: RedisServer): Promise<void> {
  redis.process().kill('SIGKILL');
  await redis.restart();
}

async function makeRoom(redis: RedisServer): Promise<void> {
  await redis.command('CONFIG', 'SET', 'maxmemory', 0);
}

function loseNothing(proxy: CuttingProxy): void {
  proxy.swallowReplies(false);
  proxy.cutRepliesAfter(Number.POSITIVE_INFINITY, 0);
}

async function closeAll(
  address: Switchboard,
  proxy: CuttingProxy,
  servers: readonly Server[],
): Promise<void> {
  await proxy.close();
  await address.close();
  for (const { redis, clock } of servers) {
    await redis.close();
    await clock.close();
  }
}
