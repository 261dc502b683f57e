import { info, until } from '../support/replication.ts';
import { pause } from '../support/workload.ts';
import type { NamedFault, Victims } from './fault.ts';
import type { FaultyServer } from './server.ts';

export interface ProcessFaultsOptions {
  readonly victims: Victims<FaultyServer>;
  /** What a server needs once it runs again. */
  readonly settle: (server: FaultyServer) => Promise<unknown>;
}

export function processFaults({ victims, settle }: ProcessFaultsOptions): readonly NamedFault[] {
  let victim: FaultyServer | undefined;
  const taken = (): FaultyServer => {
    if (!victim) throw new Error('no server was taken');
    return victim;
  };
  const crash = async (args: readonly string[] = []): Promise<void> => {
    await taken().kill();
    await taken().restart(args);
    await settle(taken());
  };
  const take = (random: Parameters<NamedFault['begin']>[0]): FaultyServer => {
    victim = victims.master(random);
    return victim;
  };
  return [
    {
      name: 'kill',
      begin: (random) => take(random).kill(),
      end: async () => {
        await taken().restart();
        await settle(taken());
      },
    },
    {
      name: 'kill-older-rdb',
      begin: (random) => take(random).redis.command('SAVE'),
      end: () => crash(),
    },
    {
      name: 'kill-aof',
      begin: async (random) => {
        const { redis } = take(random);
        await redis.command('CONFIG', 'SET', 'appendonly', 'yes');
        await until(async () => /aof_rewrite_in_progress:0/.test(await info(redis, 'persistence')), 3000);
      },
      end: () => crash(['--appendonly', 'yes']),
    },
    {
      name: 'stop-and-resume',
      begin: async (random) => {
        take(random).stop();
        await pause(random.whole(50, 600));
      },
      end: async () => taken().resume(),
    },
    { name: 'debug-reload', begin: (random) => take(random).redis.command('DEBUG', 'RELOAD') },
  ];
}

/** What an instance is to its faults. */
export interface Stoppable {
  readonly name: string;
  stop(): Promise<void>;
  start(): void;
}

/** All end, and begin again: nobody remembers what was heard. */
export function instanceFaults(
  instances: readonly Stoppable[],
  onRestart: (name: string) => void,
): readonly NamedFault[] {
  return [
    {
      name: 'instances-restarted',
      begin: () => Promise.all(instances.map((instance) => instance.stop())),
      end: async () => {
        for (const instance of instances) {
          await instance.stop();
          instance.start();
          onRestart(instance.name);
        }
      },
    },
  ];
}
