import type { CuttingProxy } from '../../support/cutting-proxy.ts';
import { pause } from '../support/workload.ts';
import type { NamedFault, Victims } from './fault.ts';
import type { FaultyServer } from './server.ts';

const KILLS = 5;

export function clientFaults(victims: Victims<FaultyServer>): readonly NamedFault[] {
  const onEach = async (name: string, ...args: (string | number)[]): Promise<void> => {
    for (const { redis } of victims.all()) await redis.command(name, ...args).catch(ifCut);
  };
  return [
    {
      name: 'client-kill',
      begin: async () => {
        for (let kill = 0; kill < KILLS; kill++) {
          await onEach('CLIENT', 'KILL', 'TYPE', 'normal');
          await pause(10);
        }
      },
    },
    { name: 'script-flush', begin: () => onEach('SCRIPT', 'FLUSH') },
  ];
}

export function proxyFaults(proxy: CuttingProxy): readonly NamedFault[] {
  const loseNothing = async (): Promise<void> => loseNoReplies(proxy);
  return [
    {
      name: 'replies-cut',
      begin: async (random) => {
        proxy.cutRepliesAfter(random.whole(0, 300), random.whole(1, 20));
        await pause(50);
      },
      end: loseNothing,
    },
    {
      name: 'one-reply-lost',
      begin: async (random) => {
        for (let left = random.whole(1, 20); left > 0; left--) {
          proxy.loseNextReply();
          await pause(5);
        }
      },
    },
    {
      name: 'replies-vanish',
      begin: async (random) => {
        proxy.swallowReplies(true);
        await pause(random.whole(50, 300));
      },
      end: loseNothing,
    },
  ];
}

export function loseNoReplies(proxy: CuttingProxy): void {
  proxy.swallowReplies(false);
  proxy.cutRepliesAfter(Number.POSITIVE_INFINITY, 0);
}

/** The connection that kills all connections may be cut itself. */
function ifCut(error: unknown): void {
  if (!(error instanceof Error) || error.name === 'ReplyError') throw error;
}
