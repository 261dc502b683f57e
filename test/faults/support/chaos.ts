import { clockFaults } from '../kinds/clock.ts';
import { clientFaults, proxyFaults } from '../kinds/connection.ts';
import type { NamedFault } from '../kinds/fault.ts';
import { databaseFaults, memoryFaults } from '../kinds/memory.ts';
import { processFaults } from '../kinds/process.ts';
import { replicationFaults } from '../kinds/replication.ts';
import { TwoServers } from '../kinds/two-servers.ts';
import type { Hearsay } from './hearsay.ts';
import type { SeededRandom } from './random.ts';
import { pause } from './workload.ts';

/** Two servers, one address that leads to the master, and a proxy before it that loses replies. */
export interface ChaosTopology {
  readonly urls: { readonly lossy: string; readonly address: string; readonly servers: readonly string[] };
  /** Strikes once, with what the random numbers pick, and tells with what. Some faults stay in force for a while. */
  strike(random: SeededRandom, hearsay: Hearsay): Promise<string>;
  /** Every fault is over, both servers run, on right clocks, with room, and replies arrive. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

/** Every fault of two servers, for one strike. */
export function faultsOf(two: TwoServers): readonly NamedFault[] {
  const { victims, proxy } = two;
  return [
    ...clockFaults(victims),
    ...memoryFaults(victims),
    ...databaseFaults(victims),
    ...processFaults({ victims, settle: () => two.settle() }),
    ...replicationFaults(two),
    ...clientFaults(victims),
    ...proxyFaults(proxy),
  ];
}

interface InForce {
  readonly fault: NamedFault;
  readonly isOneMemoryAgain: (() => void) | undefined;
}

const MOST_IN_FORCE = 2;

export async function startChaosTopology(): Promise<ChaosTopology> {
  const two = await TwoServers.start();
  const inForce: InForce[] = [];

  async function begin(random: SeededRandom, hearsay: Hearsay): Promise<string> {
    // Nobody but an instance that has heard of what came later can tell an older state that is put back.
    const fault = random.pick(faultsOf(two).filter(({ putsBackOlder }) => !putsBackOlder));
    inForce.push({ fault, isOneMemoryAgain: fault.twoMemories && hearsay.twoMemories() });
    try {
      await fault.begin(random);
    } catch (error) {
      return `${fault.name} (${messageOf(error)})`;
    }
    if (!fault.end) {
      await end(inForce.pop(), random);
      return fault.name;
    }
    if (random.next() < 0.3) return `${fault.name}, which stays`;
    await pause(random.whole(50, 300));
    return (await end(inForce.pop(), random)) ?? fault.name;
  }

  /** When a fault cannot end by itself, everything is put right. */
  async function end(struck: InForce | undefined, random: SeededRandom): Promise<string | undefined> {
    if (!struck) return undefined;
    const { fault, isOneMemoryAgain } = struck;
    try {
      await fault.end?.(random);
      return undefined;
    } catch (error) {
      await two.heal();
      return `${fault.name}, whose end was not to be had (${messageOf(error)})`;
    } finally {
      isOneMemoryAgain?.();
    }
  }

  return {
    urls: two.urls,
    strike: async (random, hearsay) => {
      if (inForce.length < MOST_IN_FORCE && random.next() < 0.75) return begin(random, hearsay);
      const struck = inForce.shift();
      return struck
        ? ((await end(struck, random)) ?? `${struck.fault.name} is over`)
        : begin(random, hearsay);
    },
    heal: async () => {
      for (const { isOneMemoryAgain } of inForce.splice(0)) isOneMemoryAgain?.();
      for (const server of two.servers) server.setClock(0);
      await two.heal();
    },
    close: () => two.close(),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
